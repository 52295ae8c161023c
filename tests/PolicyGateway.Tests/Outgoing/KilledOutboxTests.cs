using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PolicyGateway.Demo;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Hosting;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>Killing the gateway after a change was answered loses nothing that was to be told of it.</summary>
public sealed class KilledOutboxTests : IDisposable
{
    private const string Policy = """
        {
          "name": "killed", "anonymous": "allow",
          "severity": [ { "severity": "prohibited", "category": "cyber", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"] }, "prompt": { "uncertain": "hold", "flagged": "refuse" }, "completion": { "uncertain": "log", "flagged": "refuse" } },
            "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] } }
          }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-outbox-kill-").FullName;
    private readonly DevelopmentIssuer _issuer;
    private readonly Uri _url = new($"http://127.0.0.1:{FreePort.Next()}");

    public KilledOutboxTests() => _issuer = DevelopmentIssuer.Open(_folder, TimeProvider.System);

    public void Dispose()
    {
        _issuer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_was_not_told_before_a_kill_is_told_after_the_next_start()
    {
        await using var server = await ReceivingServer.StartAsync();
        server.Answer = ReceivingServer.Status(503);
        Configure(server.Url);
        var requests = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            await WhileRunningAsync(async () => requests.Add(await AskAsync()));
        }

        server.Answer = ReceivingServer.Status(200);
        await WhileRunningAsync(async () =>
        {
            for (var i = 0; i < 3_000 && requests.Except(Told(server)).Any(); i++)
            {
                await Task.Delay(10);
            }
        });

        Assert.Empty(requests.Except(Told(server)));

        // However often it was tried, over all the starts: one id for each request.
        Assert.All(server.All.GroupBy(static one => one.Data.GetProperty("id").GetString()), static same => Assert.Single(same.Select(static one => one.Id).Distinct()));
    }

    private static string[] Told(ReceivingServer server) => [.. server.All.Select(static one => one.Data.GetProperty("id").GetString()!)];

    private void Configure(string receiver)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Gateway:PublicUrl"] = _url.AbsoluteUri,
            ["Gateway:ListenUrl"] = _url.GetLeftPart(UriPartial.Authority),
            ["Gateway:ManagementUrl"] = $"http://127.0.0.1:{FreePort.Next()}",
            ["Gateway:DataDirectory"] = _folder,
            ["Classifier:Bundle"] = ConventionTests.PathOf("models/ngram-1"),
            ["Policy:File"] = Path.Combine(_folder, "policy.json"),
            ["Backends:Clusters:c:Destinations:0"] = "http://127.0.0.1:9",
            ["Backends:Models:m:Cluster"] = "c",
        };
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:0", _issuer.AsIssuer([])).Concat(OutboxHost.Webhook(receiver, "request.created")))
        {
            settings[key] = value;
        }

        File.WriteAllText(Path.Combine(_folder, "appsettings.json"), JsonSerializer.Serialize(settings));
        File.WriteAllText(Path.Combine(_folder, "policy.json"), Policy);
        File.WriteAllText(Path.Combine(_folder, "webhook.secret"), OutboxHost.WebhookSecret);
    }

    /// <summary>Runs the gateway for as long as something takes, and kills it at once.</summary>
    private async Task WhileRunningAsync(Func<Task> act)
    {
        using var process = GatewayProcess.Start(_folder, "serve", "--environment", "Development");
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            using var client = new HttpClient { BaseAddress = _url };
            for (var i = 0; i < 600 && !process.HasExited && !await AnswersAsync(client); i++)
            {
                await Task.Delay(100);
            }

            await act();
        }
        finally
        {
            await GatewayProcess.KillAsync(process);
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/v1/models", UriKind.Relative));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<string> AskAsync()
    {
        using var client = new HttpClient { BaseAddress = _url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _issuer.Issue(new DevelopmentToken("registered")));
        using var body = TheGateway.Json("""{"categories":["cyber"],"project":"Red team","purpose":"Our own systems.","days":1}""");
        using var answer = await client.PostAsync(new Uri("/v1/access/requests", UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
    }
}
