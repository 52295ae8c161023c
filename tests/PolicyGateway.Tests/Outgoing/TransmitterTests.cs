using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Hosting;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>A running gateway tells others of what was revoked in it, as security event tokens.</summary>
public sealed class TransmitterTests : IAsyncLifetime, IDisposable
{
    private const string Issuer = "https://gateway.example";
    private const string Caep = "https://schemas.openid.net/secevent/caep/event-type/";

    private readonly AccessGateway _access = new();
    private readonly TestKey _key = new("t1");
    private ReceivingServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await ReceivingServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(_access.Gateway.Folder, "event.secret"), OutboxHost.EventSecret);
        foreach (var (name, value) in OutboxHost.Event(_server.Url + "/sets"))
        {
            _access.Gateway.Settings[name] = value;
        }

        foreach (var member in JsonSerializer.SerializeToElement(_key.PublicJwk).EnumerateObject())
        {
            _access.Gateway.Settings[$"Revocation:Transmitters:0:Keys:0:{member.Name}"] = member.Value.GetString();
        }

        foreach (var (name, value) in new[] { ("Name", "idp"), ("Issuer", "https://idp.example"), ("Audiences:0", Issuer), ("SubjectIssuers:0", AccessGateway.Issuer), ("Push", "true") })
        {
            _access.Gateway.Settings[$"Revocation:Transmitters:0:{name}"] = value;
        }

        await _access.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _access.DisposeAsync();
        await _server.DisposeAsync();
    }

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task A_revoked_person_goes_out_as_session_revoked_signed_by_a_published_key()
    {
        await RevokeAsync(new { target = "person", issuer = AccessGateway.Issuer, subject = "leaver", reason = "Words of an operator." });

        var pushed = (await _server.ExpectAsync(1))[0];
        Assert.Equal(("/sets", "application/secevent+jwt"), (pushed.Path, pushed.ContentType));
        Assert.Equal("Bearer " + OutboxHost.EventSecret, pushed.Headers["Authorization"]);
        var token = await VerifiedAsync(pushed.Body);
        Assert.Equal(("secevent+jwt", "ES256"), (token.Typ, token.Alg));
        using var payload = JsonDocument.Parse(Base64UrlEncoder.Decode(token.EncodedPayload));
        Assert.Equal(["aud", "events", "iat", "iss", "jti", "sub_id"], payload.RootElement.EnumerateObject().Select(static member => member.Name).Order());
        var subject = payload.RootElement.GetProperty("sub_id");
        Assert.Equal(("iss_sub", AccessGateway.Issuer, "leaver"), (subject.GetProperty("format").GetString(), subject.GetProperty("iss").GetString(), subject.GetProperty("sub").GetString()));
        var happened = payload.RootElement.GetProperty("events").EnumerateObject().Single();
        Assert.Equal(Caep + "session-revoked", happened.Name);
        Assert.Equal("The person was revoked.", happened.Value.GetProperty("reason_admin").GetProperty("en").GetString());
        Assert.DoesNotContain("Words", payload.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_revoked_under_one_login_goes_out_under_each_that_is_joined_to_it()
    {
        var code = (await _access.PostAsync("/v1/access/identities/codes", _access.Person("one-login"))).Expect(201).Text("code");
        (await _access.PostAsync("/v1/access/identities", _access.Person("other-login"), new { code })).Expect(201);

        await RevokeAsync(new { target = "person", issuer = AccessGateway.Issuer, subject = "other-login", reason = "Words of an operator." });

        var subjects = (await _server.ExpectAsync(2)).Select(static one => new JsonWebToken(one.Body).GetPayloadValue<JsonElement>("sub_id").GetProperty("sub").GetString());
        Assert.Equal(["other-login", "one-login"], subjects);
    }

    [Fact]
    public async Task A_revoked_grant_and_a_revoked_credential_go_out_as_a_higher_risk()
    {
        await _access.ApproveAsync(await _access.RequestAsync(_access.Person("ada")));
        var grant = (await _access.AdminAsync($"/admin/grants?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=ada", _access.Staff("op", "operator"))).Items[0].GetProperty("id").GetString();
        (await _access.AdminAsync($"/admin/grants/{grant}/revoke", _access.Staff("op", "operator"), new { reason = "Words of an operator." })).Expect(200);
        await RevokeAsync(new { target = "credential", issuer = AccessGateway.Issuer, subject = "bob", name = "security-professional", reason = "Words of an operator." });

        var events = (await _server.ExpectAsync(2)).Select(static one => new JsonWebToken(one.Body)).Select(static token => (
            Subject: token.GetPayloadValue<JsonElement>("sub_id").GetProperty("sub").GetString(), Event: token.GetPayloadValue<JsonElement>("events").GetProperty(Caep + "risk-level-change"))).ToArray();

        Assert.Equal(["ada", "bob"], events.Select(static one => one.Subject));
        Assert.All(events, static one => Assert.Equal(
            ("HIGH", "LOW", "USER"),
            (one.Event.GetProperty("current_level").GetString(), one.Event.GetProperty("previous_level").GetString(), one.Event.GetProperty("principal").GetString())));
        Assert.All(_server.All, static one => Assert.DoesNotContain("Words", Base64UrlEncoder.Decode(one.Body.Split('.')[1]), StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_organisation_and_an_issuer_go_out_as_complex_subjects_and_a_credential_of_everybody_does_not()
    {
        await RevokeAsync(new { target = "credential", issuer = AccessGateway.Issuer, name = "security-professional", reason = "Words of an operator." });
        await RevokeAsync(new { target = "organisation", issuer = AccessGateway.Issuer, name = "lab", reason = "Words of an operator." });
        await RevokeAsync(new { target = "issuer", issuer = "https://gone.example", reason = "Words of an operator." });

        var subjects = (await _server.ExpectAsync(2)).Select(static one => new JsonWebToken(one.Body).GetPayloadValue<JsonElement>("sub_id")).ToArray();

        Assert.All(subjects, static subject => Assert.Equal("complex", subject.GetProperty("format").GetString()));
        Assert.Equal("lab", subjects[0].GetProperty("org_unit").GetProperty("sub").GetString());
        Assert.Equal("https://gone.example", subjects[1].GetProperty("tenant").GetProperty("uri").GetString());
    }

    [Fact]
    public async Task What_a_transmitter_told_us_is_not_sent_on()
    {
        var received = _key.Sign(
            new
            {
                iss = "https://idp.example",
                aud = Issuer,
                iat = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
                jti = "event-1",
                sub_id = new { format = "iss_sub", iss = AccessGateway.Issuer, sub = "told-by-idp" },
                events = new Dictionary<string, object> { [Caep + "session-revoked"] = new { } },
            },
            new { alg = "ES256", typ = "secevent+jwt", kid = "t1" });
        using var content = new StringContent(received, new MediaTypeHeaderValue("application/secevent+jwt"));
        Assert.Equal(HttpStatusCode.Accepted, (await _access.Gateway.Client.PostAsync(new Uri("/events", UriKind.Relative), content)).StatusCode);
        await RevokeAsync(new { target = "person", issuer = AccessGateway.Issuer, subject = "revoked-here", reason = "Words of an operator." });

        var first = new JsonWebToken((await _server.ExpectAsync(1))[0].Body);

        Assert.Equal("revoked-here", first.GetPayloadValue<JsonElement>("sub_id").GetProperty("sub").GetString());
    }

    [Fact]
    public async Task The_metadata_says_who_we_are_and_where_our_keys_lie()
    {
        using var metadata = JsonDocument.Parse(await _access.Gateway.Client.GetStringAsync(new Uri("/.well-known/ssf-configuration", UriKind.Relative)));

        Assert.Equal(
            ("1_0", Issuer, Issuer + "/.well-known/policygateway-keys", "urn:ietf:rfc:8935"),
            (metadata.RootElement.GetProperty("spec_version").GetString(), metadata.RootElement.GetProperty("issuer").GetString(),
                metadata.RootElement.GetProperty("jwks_uri").GetString(), metadata.RootElement.GetProperty("delivery_methods_supported")[0].GetString()));
        Assert.DoesNotContain("\"d\"", await KeysAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await _access.Management.GetAsync(new Uri("/.well-known/policygateway-keys", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Another_gateway_takes_the_event_and_ends_the_persons_tokens()
    {
        var (first, second) = (new TheGateway(), new TheGateway());
        var (from, to) = ($"http://127.0.0.1:{FreePort.Next()}", $"http://127.0.0.1:{FreePort.Next()}");
        foreach (var (gateway, url) in new[] { (first, from), (second, to) })
        {
            gateway.Settings["Gateway:ListenUrl"] = gateway.Settings["Gateway:PublicUrl"] = url;
        }

        foreach (var (name, value) in new[] { ("Name", "other"), ("Audience", to), ("PushUrl", to + "/events") })
        {
            first.Settings[$"Revocation:Receivers:0:{name}"] = value;
        }

        foreach (var (name, value) in new[]
        {
            ("Name", "first"), ("Issuer", from), ("MetadataAddress", from + "/.well-known/ssf-configuration"), ("Audiences:0", to), ("SubjectIssuers:0", AccessGateway.Issuer), ("Push", "true"),
        })
        {
            second.Settings[$"Revocation:Transmitters:0:{name}"] = value;
        }

        await first.InitializeAsync();
        await second.InitializeAsync();
        try
        {
            var token = second.TokenOfSubject("leaver");
            Assert.Equal(HttpStatusCode.OK, (await second.SendAsync(TheGateway.Ask("hello"), token)).Status);
            using var management = new HttpClient { BaseAddress = first.Management };
            management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", first.TokenOf(new PolicyGateway.Identity.DevelopmentToken("registered") { Subject = "op", Roles = ["operator"] }));
            using var body = TheGateway.Json($$"""{"target":"person","issuer":"{{AccessGateway.Issuer}}","subject":"leaver","reason":"Left."}""");
            Assert.Equal(HttpStatusCode.Created, (await management.PostAsync(new Uri("/admin/revocations", UriKind.Relative), body)).StatusCode);

            var status = HttpStatusCode.OK;
            for (var i = 0; i < 500 && status == HttpStatusCode.OK; i++)
            {
                await Task.Delay(10);
                status = (await second.SendAsync(TheGateway.Ask("hello"), token)).Status;
            }

            Assert.Equal(HttpStatusCode.Unauthorized, status);
        }
        finally
        {
            await first.DisposeAsync();
            await second.DisposeAsync();
        }
    }

    [Fact]
    public async Task Without_a_receiver_there_is_no_transmitter()
    {
        var plain = new TheGateway();
        await plain.InitializeAsync();
        try
        {
            foreach (var path in new[] { "/.well-known/ssf-configuration", "/.well-known/policygateway-keys" })
            {
                Assert.Equal(HttpStatusCode.NotFound, (await plain.Client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
            }

            Assert.False(Directory.Exists(Path.Combine(plain.Folder, "outgoing")));
        }
        finally
        {
            await plain.DisposeAsync();
        }
    }

    private async Task RevokeAsync(object body) => (await _access.AdminAsync("/admin/revocations", _access.Staff("op", "operator"), body)).Expect(201);

    private Task<string> KeysAsync() => _access.Gateway.Client.GetStringAsync(new Uri("/.well-known/policygateway-keys", UriKind.Relative));

    /// <summary>As any receiver verifies: by the keys that are published, with a library.</summary>
    private async Task<JsonWebToken> VerifiedAsync(string token)
    {
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = "https://receiver.example",
            ValidTypes = ["secevent+jwt"],
            ValidAlgorithms = ["ES256"],
            IssuerSigningKeys = new JsonWebKeySet(await KeysAsync()).GetSigningKeys(),
            TryAllIssuerSigningKeys = false,
            RequireExpirationTime = false,
            ValidateLifetime = false,
        });
        Assert.True(result.IsValid, result.Exception?.Message);
        return (JsonWebToken)result.SecurityToken;
    }
}
