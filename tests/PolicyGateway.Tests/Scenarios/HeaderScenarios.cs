using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Demo;
using PolicyGateway.Telemetry;
using PolicyGateway.Tests.Bundles;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Telemetry;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Holes that other gateways had in headers, identity and metrics, one test for each.</summary>
[Collection(TelemetryTests.Name)]
public sealed class HeaderScenarios : IAsyncLifetime, IDisposable
{
    private static readonly string[] Claims =
    [
        "x-user", "x-user-tier", "x-tier", "x-forwarded-user", "x-forwarded-groups", "x-auth-request-user", "x-remote-user", "x-policygateway-tier",
        "x-policygateway-credentials", "x-credentials", "x-consumer-username", "x-authenticated-userid", "x-jwt-claim-tier", "x-envoy-external-address",
    ];

    private readonly TheGateway _gateway = new();
    private readonly TestKey _first = new("first");
    private readonly TestKey _second = new("second");

    public static TheoryData<string> Prompts => Wire.Prompts;

    public async Task InitializeAsync()
    {
        var key = Path.Combine(_gateway.Folder, "upstream.key");
        await File.WriteAllTextAsync(key, "upstream-key\n");
        _gateway.Settings["Backends:Clusters:c:ApiKeyFile"] = key;
        _gateway.Settings["Moderations:Enabled"] = "true";
        _gateway.Settings["Moderations:Tier"] = "registered";
        _gateway.Settings["Guard:Endpoint"] = "http://127.0.0.1:1/nobody-is-there";
        _gateway.Settings["Guard:Model"] = "llama-guard";
        var issuer = IdentityHost.Trusting(_first, "https://first.example");
        (issuer.TierClaim, issuer.CredentialsClaim, issuer.MaxTier) = ("realm_access.tier", "/https:~1~1first.example~1claims/proofs", "verified");
        foreach (var (name, value) in DemoConfiguration.Flatten("Identity:Issuers:1", issuer)
            .Concat(DemoConfiguration.Flatten("Identity:Issuers:2", IdentityHost.Trusting(_second, "https://second.example"))))
        {
            _gateway.Settings[name] = value;
        }

        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task The_clients_credentials_and_cookies_never_reach_the_backend(string name)
    {
        var (wire, token) = (Wire.Of(name), _gateway.Professional);
        var own = wire.Name.Split('.')[0] switch { "anthropic" => "x-api-key", "azure" => "api-key", "gemini" => "x-goog-api-key", _ => "authorization" };

        Task<Answer> AskAsync(params string[] more) => SendAsync(wire, KeywordClassifier.Cyber, request =>
        {
            request.Headers.TryAddWithoutValidation(own, own == "authorization" ? "Bearer " + token : token);
            request.Headers.TryAddWithoutValidation("cookie", "session=" + token);
            foreach (var header in more)
            {
                request.Headers.TryAddWithoutValidation(header, "Bearer " + token);
            }

            request.RequestUri = new Uri($"{wire.Path}{(wire.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}session=secret&user=secret", UriKind.Relative);
        });

        // Two credentials are none; the one counts, or else the backend would not hear of this.
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync("proxy-authorization")).Status);
        await AskAsync("x-amz-security-token", "x-session-token");
        var received = Assert.Single(_gateway.Backend.Received);
        var everything = $"{received.Path}{received.Query}\n{string.Join('\n', received.Headers)}";
        Assert.Equal("Bearer upstream-key", received.Headers["authorization"]);
        Assert.DoesNotContain(token, everything, StringComparison.Ordinal);
        Assert.DoesNotContain(token[^40..], everything, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("cookie", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task Who_somebody_is_is_never_taken_from_a_header(string name)
    {
        var wire = Wire.Of(name);
        void Claim(HttpRequestMessage request)
        {
            foreach (var header in Claims)
            {
                request.Headers.TryAddWithoutValidation(header, "professional, security-professional");
            }
        }

        var refused = await SendAsync(wire, KeywordClassifier.Cyber, Claim);
        await SendAsync(wire, "hello", Claim);

        Assert.True(refused.Status == HttpStatusCode.Forbidden, refused.Everything);
        Assert.Equal("public", (await _gateway.Audit.OfAsync(refused.Headers["x-request-id"])).Tier);
        var received = Assert.Single(_gateway.Backend.Received);
        Assert.DoesNotContain("professional", string.Join('\n', received.Headers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_issuers_each_assert_by_their_own_claims_and_no_more_than_they_may()
    {
        Dictionary<string, object?> First(string? tier) => Token("https://first.example", ("realm_access", new { tier }), ("https://first.example/claims", new { proofs = new[] { "security-professional" } }));
        var plain = new (string, object?)[] { ("tier", "professional"), ("credentials", new[] { "security-professional" }) };

        Assert.Equal("verified", await TierAsync(_first.Sign(First("professional"))));
        Assert.Equal("professional", await TierAsync(_second.Sign(Token("https://second.example", plain))));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(_first.Sign(First("verified")))).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(_second.Sign(Token("https://second.example", plain)))).Status);

        // By the other's claims, and by the other's key.
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(_first.Sign(Token("https://first.example", plain)))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(_first.Sign(Token("https://second.example", plain)))).Status);
    }

    [Fact]
    public async Task A_claim_that_disappears_takes_what_it_gave_with_it()
    {
        var with = _second.Sign(Token("https://second.example", ("tier", "professional"), ("credentials", new[] { "security-professional" })));
        var without = _second.Sign(Token("https://second.example", ("tier", "professional")));
        var lower = _second.Sign(Token("https://second.example", ("credentials", new[] { "security-professional" })));

        // In turns, so that nothing is remembered from the one to the other.
        foreach (var (token, status) in new[] { (with, 200), (without, 403), (with, 200), (lower, 403) })
        {
            Assert.Equal(status, (int)(await AskAsync(token)).Status);
        }
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task Who_is_refused_is_told_what_is_missing_and_where_to_appeal(string name)
    {
        var answer = await SendAsync(Wire.Of(name), KeywordClassifier.Cyber, request => request.Headers.TryAddWithoutValidation("authorization", "Bearer " + _gateway.Token("registered")));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        foreach (var (member, value) in new[]
        {
            ("category", "cyber"), ("required_tier", "verified"), ("required_credentials", "security-professional"),
            ("verification_uri", "https://gateway.example/verify"), ("appeal_uri", "https://gateway.example/appeal"), ("decision_id", answer.Headers["x-request-id"]),
        })
        {
            Assert.Equal(value, Member(JsonDocument.Parse(answer.Body).RootElement, member));
        }

        // Final: asking once more opens nothing.
        Assert.False(answer.Headers.ContainsKey("retry-after"));
        var record = await _gateway.Audit.OfAsync(answer.Headers["x-request-id"]);
        Assert.Equal(("refused", "cyber", "registered", "refuse"), (record.Outcome, record.Category, record.Tier, record.Action));
    }

    [Fact]
    public async Task Every_metric_that_exists_is_seen_by_a_scraper_with_its_labels_in_their_places()
    {
        _gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(
            context, ScriptedBackend.Completion("Hello.").Replace("\"prompt_tokens\":1,\"completion_tokens\":1", "\"prompt_tokens\":7,\"completion_tokens\":11", StringComparison.Ordinal));
        var candidates = _gateway.Services.GetRequiredService<CandidateJudge>();
        candidates.Use(new KeywordClassifier(), new CandidateOptions { SampleRate = 1 });
        await SendAsync(Wire.Of("openai.chat"), "hello", static _ => { });
        await SendAsync(Wire.Of("openai.chat"), KeywordClassifier.Cyber, static _ => { });
        await SendAsync(Wire.Of("openai.embeddings"), KeywordClassifier.DoubtfulCyber, static _ => { });
        await _gateway.SendAsync(TheGateway.Json("""{"input":"hello"}"""), _gateway.Professional, static request => request.RequestUri = new Uri("/v1/moderations", UriKind.Relative));
        var observed = await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.TokenOf("pilot"));
        await _gateway.Audit.OfAsync(observed.Headers["x-request-id"]);
        var telemetry = _gateway.Services.GetRequiredService<GatewayTelemetry>();

        // The bundle of this gateway is a fake, and no other comes; nor does anybody list or tell what counts no longer.
        telemetry.Swapped("swapped");
        telemetry.StatusListFetched("fetched");
        telemetry.StatusRefused("status_invalid");
        telemetry.SecurityEvent("session-revoked", "revoked");
        await SwappingGateway.EventuallyAsync(async () => (await ScrapeAsync()).Contains("policygateway_candidate_judgements", StringComparison.Ordinal));
        candidates.Use(null, new CandidateOptions());
        var names = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == telemetry.Meter)
            {
                names.Add(instrument.Name);
            }
        };
        listener.Start();

        var scrape = (await ScrapeAsync()).Split('\n');

        Assert.True(names.Count >= 12, string.Join(',', names));
        Assert.All(names, name => Assert.Contains(scrape, line => line.StartsWith(name.Replace('.', '_'), StringComparison.Ordinal)));
        var refused = Line(scrape, "policygateway_decisions_total", "policygateway_action=\"refuse\"");
        Assert.Contains("policygateway_reason=\"verification_required\"", refused, StringComparison.Ordinal);
        Assert.Contains("policygateway_category=\"cyber\"", refused, StringComparison.Ordinal);
        Assert.Contains("policygateway_severity=\"dual-use\"", refused, StringComparison.Ordinal);
        Assert.EndsWith(" 7", Value(Line(scrape, "gen_ai_client_token_usage_sum", "type=\"input\"")), StringComparison.Ordinal);
        Assert.EndsWith(" 11", Value(Line(scrape, "gen_ai_client_token_usage_sum", "type=\"output\"")), StringComparison.Ordinal);
    }

    private Task<string> ScrapeAsync() => _gateway.Client.GetStringAsync(new Uri(_gateway.Management, "/metrics"));

    private static string Line(string[] scrape, string name, string label) =>
        Assert.Single(scrape, line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal));

    /// <summary>A sample without the time that may stand behind it.</summary>
    private static string Value(string line) => line[..(line.IndexOf('}', StringComparison.Ordinal) + 1)] + " " + line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0];

    /// <summary>A member wherever the dialect has it; of a list, what stands in it.</summary>
    private static string? Member(JsonElement element, string name)
    {
        var found = element.ValueKind switch
        {
            JsonValueKind.Object when element.TryGetProperty(name, out var value) => value,
            JsonValueKind.Object => element.EnumerateObject().Select(member => member.Value).FirstOrDefault(value => Member(value, name) is not null),
            JsonValueKind.Array => element.EnumerateArray().FirstOrDefault(value => Member(value, name) is not null),
            _ => default,
        };
        return found.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.String => found.GetString(),
            JsonValueKind.Array when name == "required_credentials" && found[0].ValueKind == JsonValueKind.String => found[0].GetString(),
            _ => Member(found, name),
        };
    }

    private static Dictionary<string, object?> Token(string issuer, params (string Name, object? Value)[] claims)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var token = new Dictionary<string, object?> { ["iss"] = issuer, ["aud"] = IdentityHost.Audience, ["sub"] = "ada", ["iat"] = now, ["exp"] = now + 600 };
        foreach (var (name, value) in claims)
        {
            token[name] = value;
        }

        return token;
    }

    private Task<Answer> AskAsync(string token) => _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), token);

    private async Task<string> TierAsync(string token) => (await _gateway.Audit.OfAsync((await AskAsync(token)).Headers["x-request-id"])).Tier;

    private Task<Answer> SendAsync(Wire wire, string prompt, Action<HttpRequestMessage> change) => _gateway.SendAsync(TheGateway.Json(wire.Body(prompt)), null, request =>
    {
        request.RequestUri = new Uri(wire.Path, UriKind.Relative);
        change(request);
    });
}
