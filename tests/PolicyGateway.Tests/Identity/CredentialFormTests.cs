using Microsoft.AspNetCore.Http;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>How a credential may be sent: once, in the Authorization header as Bearer, or in the header of the path's protocol.</summary>
public sealed class CredentialFormTests : IDisposable
{
    private readonly TestKey _key = new("k1");
    private readonly IdentityHost _host;

    public CredentialFormTests() => _host = new IdentityHost(options => options.Issuers.Add(IdentityHost.Trusting(_key)));

    [Fact]
    public async Task No_credential_is_an_anonymous_caller_of_the_lowest_tier()
    {
        var caller = (await _host.ReadAsync(token: null)).Caller!;

        Assert.True(caller.IsAnonymous);
        Assert.Equal("public", caller.Tier.Name);
    }

    [Theory]
    [InlineData("", "malformed_header", 400)]
    [InlineData("Bearer", "malformed_header", 400)]
    [InlineData("Bearer ", "malformed_header", 400)]
    [InlineData("Bearer a b", "malformed_header", 400)]
    [InlineData("Bearer a, Bearer b", "malformed_header", 400)]
    [InlineData("Basic YTpi", "other_scheme", 401)]
    [InlineData("DPoP abc", "no_proof", 401)]
    [InlineData("DPoP", "malformed_header", 400)]
    [InlineData("DPoP a b", "malformed_header", 400)]
    [InlineData("sk-abc", "other_scheme", 401)]
    public async Task A_header_of_another_form_is_a_fault_and_not_anonymous(string header, string reason, int status)
    {
        var result = await _host.ReadAsync(request => request.Headers.Authorization = header);

        Assert.Equal((reason, status), (result.Fault!.Reason, result.Fault.StatusCode));
    }

    [Theory]
    [InlineData("x-api-key")]
    [InlineData("api-key")]
    [InlineData("X-Goog-Api-Key")]
    public async Task A_key_beside_the_token_is_two_credentials(string header)
    {
        var result = await _host.ReadAsync(request =>
        {
            request.Headers.Authorization = "Bearer " + _key.Sign(_host.Claims());
            request.Headers[header] = "sk-1";
        });

        Assert.Same(AuthenticationFault.TwoCredentials, result.Fault);
    }

    [Fact]
    public async Task Two_authorization_headers_are_two_credentials()
    {
        var token = "Bearer " + _key.Sign(_host.Claims());

        var result = await _host.ReadAsync(request => request.Headers.Authorization = new[] { token, token });

        Assert.Same(AuthenticationFault.TwoCredentials, result.Fault);
    }

    [Theory]
    [InlineData("?key=abc", null)]
    [InlineData("?access_token=abc", null)]
    [InlineData("?a=1&Access_Token=abc", null)]
    [InlineData("", "x-api-key")]
    public async Task A_credential_in_another_place_does_not_pass_for_none(string query, string? header)
    {
        var result = await _host.ReadAsync(request =>
        {
            request.QueryString = new QueryString(query);
            if (header is not null)
            {
                request.Headers[header] = "sk-1";
            }
        });

        Assert.Same(AuthenticationFault.MisplacedCredential, result.Fault);
    }

    [Fact]
    public async Task A_token_in_the_query_beside_the_header_is_two_credentials()
    {
        var result = await _host.ReadAsync(request =>
        {
            request.Headers.Authorization = "Bearer " + _key.Sign(_host.Claims());
            request.QueryString = new QueryString("?access_token=abc");
        });

        Assert.Same(AuthenticationFault.TwoCredentials, result.Fault);
    }

    [Fact]
    public async Task The_scheme_is_read_without_regard_to_case() =>
        Assert.NotNull((await _host.ReadAsync(request => request.Headers.Authorization = "bearer " + _key.Sign(_host.Claims()))).Caller);

    [Fact]
    public async Task A_tier_claimed_in_a_header_changes_nothing()
    {
        var plain = (await _host.ReadAsync(_key.Sign(_host.Claims(changes: ("tier", "registered"))))).Caller!;
        var claimed = (await _host.ReadAsync(request =>
        {
            request.Headers.Authorization = "Bearer " + _key.Sign(_host.Claims(changes: ("tier", "registered")));
            foreach (var name in new[] { "X-Tier", "X-Role", "X-User-Id", "X-Tenant-Id", "X-Forwarded-User", "X-PolicyGateway-Tier", "Remote-User" })
            {
                request.Headers[name] = "professional";
            }
        })).Caller!;

        Assert.Equal((plain.Tier, plain.Subject, plain.Tenant), (claimed.Tier, claimed.Subject, claimed.Tenant));
        Assert.Empty(claimed.Credentials);
    }

    [Fact]
    public void Identity_headers_are_stripped_and_others_stay()
    {
        var headers = new HeaderDictionary();
        string[] identity =
        [
            "X-User-Id", "x-user", "X-Tenant", "X-Tenant-Id", "X-Tier", "X-Role", "X-Forwarded-User", "X-Forwarded-Email",
            "X-PolicyGateway-Caller", "X-Auth-Request-User", "X-MS-CLIENT-PRINCIPAL", "X-MS-CLIENT-PRINCIPAL-ID", "Remote-User",
            "Remote_User", "X_User_Id", "X-Amzn-Oidc-Data", "X-Goog-Authenticated-User-Email", "Cf-Access-Jwt-Assertion",
            "X-Forwarded-Client-Cert", "X-SSL-Client-Verify", "X-Credentials",
        ];
        string[] others = ["Authorization", "Content-Type", "User-Agent", "Accept", "X-Request-Id", "traceparent", "OpenAI-Organization", "X-Forwarded-For", "X-Stainless-Lang"];
        foreach (var name in identity.Concat(others))
        {
            headers[name] = "x";
        }

        IdentityHeaders.Strip(headers);

        Assert.Equal(others.Order(StringComparer.Ordinal), headers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("x-api-key")]
    [InlineData("api-key")]
    [InlineData("x-goog-api-key")]
    public async Task A_protocols_own_header_may_hold_the_bare_token_in_place_of_the_usual_one(string header)
    {
        var token = _key.Sign(_host.Claims());

        // Twice: the second time the cache answers.
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal("ada", (await _host.ReadAsync(request => request.Headers[header] = token, header)).Caller?.Subject);
        }

        Assert.Equal("ada", (await _host.ReadAsync(request => request.Headers.Authorization = "Bearer " + token, header)).Caller?.Subject);
        Assert.True((await _host.ReadAsync(static _ => { }, header)).Caller!.IsAnonymous);
    }

    [Theory]
    [InlineData("", "malformed_header", 400)]
    [InlineData("Bearer abc", "malformed_header", 400)]
    [InlineData("a,b", "malformed_header", 400)]
    [InlineData("sk-abc", "malformed", 401)]
    public async Task What_stands_in_a_protocols_own_header_and_is_no_token_is_a_fault_and_not_anonymous(string value, string reason, int status)
    {
        var result = await _host.ReadAsync(request => request.Headers["x-api-key"] = value, "x-api-key");

        Assert.Equal((reason, status), (result.Fault!.Reason, result.Fault.StatusCode));
    }

    [Fact]
    public async Task A_token_in_a_protocols_own_header_has_a_greatest_length() => Assert.Same(
        AuthenticationFault.TooLarge,
        (await _host.ReadAsync(request => request.Headers["x-api-key"] = new string('a', AccessToken.MaximumLength + 1), "x-api-key")).Fault);

    [Theory]
    [InlineData("authorization")]
    [InlineData("api-key")]
    [InlineData("x-api-key")]
    public async Task Beside_a_protocols_own_header_every_other_credential_is_the_second(string second)
    {
        var token = _key.Sign(_host.Claims());

        var result = await _host.ReadAsync(
            request =>
            {
                request.Headers["x-api-key"] = second == "x-api-key" ? new[] { token, token } : token;
                if (second != "x-api-key")
                {
                    request.Headers[second] = "Bearer " + token;
                }
            },
            "x-api-key");

        Assert.Same(AuthenticationFault.TwoCredentials, result.Fault);
    }

    [Theory]
    [InlineData("", "api-key")]
    [InlineData("?key=abc", null)]
    public async Task A_credential_in_another_protocols_place_stays_misplaced(string query, string? header)
    {
        var result = await _host.ReadAsync(
            request =>
            {
                request.QueryString = new QueryString(query);
                if (header is not null)
                {
                    request.Headers[header] = _key.Sign(_host.Claims());
                }
            },
            "x-api-key");

        Assert.Same(AuthenticationFault.MisplacedCredential, result.Fault);
    }

    public void Dispose()
    {
        _host.Dispose();
        _key.Dispose();
    }
}
