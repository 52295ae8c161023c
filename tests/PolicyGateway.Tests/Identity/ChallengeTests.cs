using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Inference;
using PolicyGateway.Portal;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Identity;

public sealed class ChallengeTests
{
    private static readonly Uri PublicUrl = new("https://gateway.example/");

    private const string Metadata = "resource_metadata=\"https://gateway.example/.well-known/oauth-protected-resource\"";

    [Fact]
    public void A_request_without_a_credential_is_told_no_error_code() =>
        Assert.Equal($"Bearer {Metadata}", new BearerChallenge(PublicUrl).For(null));

    [Fact]
    public void A_fault_is_told_in_constant_words() =>
        Assert.Equal(
            $"Bearer error=\"invalid_token\", error_description=\"The access token is not valid here.\", {Metadata}",
            new BearerChallenge(PublicUrl).For(AuthenticationFault.UnknownKey));

    [Fact]
    public void A_step_up_names_what_would_help() =>
        Assert.Equal(
            $"Bearer error=\"insufficient_user_authentication\", error_description=\"A stronger or more recent login is required.\", acr_values=\"phr phrh\", max_age=\"300\", {Metadata}",
            new BearerChallenge(PublicUrl).StepUp(["phr", "phrh"], TimeSpan.FromMinutes(5)));

    [Fact]
    public void A_fault_of_a_proof_is_told_in_the_scheme_that_wants_one_with_its_algorithms() =>
        Assert.Equal(
            $"DPoP error=\"use_dpop_nonce\", error_description=\"Make the DPoP proof with the nonce of the DPoP-Nonce header.\", algs=\"ES256\", {Metadata}",
            new BearerChallenge(PublicUrl, ["ES256"]).For(AuthenticationFault.NonceWanted));

    [Fact]
    public void Where_a_bound_token_is_wanted_the_challenge_asks_for_a_proof_and_for_a_login_as_well_where_both_lack()
    {
        var challenge = new BearerChallenge(PublicUrl);

        Assert.Equal(
            $"DPoP error=\"invalid_token\", error_description=\"An access token that is bound to a key of its sender is required.\", algs=\"ES256 PS256 RS256\", {Metadata}",
            challenge.BoundToken());
        Assert.Equal(
            $"DPoP error=\"insufficient_user_authentication\", error_description=\"A stronger or more recent login is required.\", acr_values=\"phr\", algs=\"ES256 PS256 RS256\", {Metadata}",
            challenge.StepUp(["phr"], null, asksForProof: true));
    }

    [Fact]
    public async Task A_bound_token_opens_no_endpoint_of_the_framework_without_its_proof()
    {
        using var key = new TestKey("k");
        using var folder = new TemporaryFolder();
        await using var app = await StartAsync(key, folder.Path);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Urls.First() + "/me");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var token = key.Sign(new { iss = "https://issuer.example", aud = IdentityHost.Audience, sub = "ada", exp = now + 60, cnf = new { jkt = new string('A', 43) } });
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);

        using var response = await client.SendAsync(request);

        Assert.Equal(401, (int)response.StatusCode);
        Assert.StartsWith("DPoP error=\"invalid_token\"", response.Headers.GetValues("WWW-Authenticate").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nobody_can_tell_whether_a_proof_was_used_it_is_no_fault_of_the_credential()
    {
        var error = new Refusals(new PortalLinks(Options.Create(new GatewayOptions()), new Sites(new Site("portal", PublicUrl), new Site("console", PublicUrl), false, false)), new BearerChallenge(PublicUrl)).For(AuthenticationFault.ReplaysUnknown);

        Assert.Equal((503, "server_error", null, true), (error.Status, error.Type, error.Challenge, error.IsFinal));
    }

    [Fact]
    public void A_value_cannot_leave_its_quotes() =>
        Assert.Contains(
            "acr_values=\"a\\\"b\\\\c d\"",
            new BearerChallenge(PublicUrl).StepUp(["a\"b\\c", "\r\nd"], null),
            StringComparison.Ordinal);

    [Fact]
    public async Task The_metadata_is_published_from_the_public_url_and_not_from_the_host_header()
    {
        using var key = new TestKey("k");
        await using var app = await StartAsync(key);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Urls.First() + ProtectedResourceMetadata.Path);
        request.Headers.Host = "evil.example";

        using var response = await client.SendAsync(request);
        var metadata = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                {
                  "resource": "https://gateway.example",
                  "bearer_methods_supported": ["header"],
                  "authorization_servers": ["https://issuer.example"],
                  "scopes_supported": ["inference"],
                  "dpop_signing_alg_values_supported": ["ES256", "PS256", "RS256"],
                  "authorization_details_types_supported": ["policygateway_category_access"],
                  "dpop_bound_access_tokens_required": false,
                  "policygateway_categories": { "cyber": ["security-professional"] }
                }
                """),
            metadata));
    }

    [Theory]
    [InlineData(null, 401, "Bearer resource_metadata")]
    [InlineData("Bearer garbage", 401, "Bearer error=\"invalid_token\"")]
    [InlineData("Bearer a b", 400, "Bearer error=\"invalid_request\"")]
    public async Task An_endpoint_for_authenticated_callers_challenges_in_the_same_words(string? header, int status, string challenge)
    {
        using var key = new TestKey("k");
        await using var app = await StartAsync(key);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Urls.First() + "/me");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using var response = await client.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.StartsWith(challenge, response.Headers.GetValues("WWW-Authenticate").Single(), StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(TestKey key, string dataDirectory = "unused")
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddIdentity(builder.Configuration);
        builder.Services.Configure<IdentityOptions>(options =>
        {
            options.Issuers.Add(IdentityHost.Trusting(key));
            options.ScopesSupported.Add("inference");
        });
        builder.Configuration["Gateway:DataDirectory"] = dataDirectory;
        builder.Services.AddState(builder.Configuration);
        builder.Services.AddAuthorization();
        builder.Services.AddSingleton(new BearerChallenge(PublicUrl));
        var app = builder.Build();
        app.UseAuthorization();
        var categories = JsonNode.Parse("""{ "cyber": ["security-professional"] }""");
        app.MapProtectedResourceMetadata(PublicUrl, () => categories);
        app.MapGet("/me", () => "you").RequireAuthorization();
        await app.StartAsync();
        return app;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("policygateway-challenge-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
