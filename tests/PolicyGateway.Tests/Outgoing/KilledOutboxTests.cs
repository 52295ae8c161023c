using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PolicyGateway.Tests.Hosting;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>Killing the gateway after a change was answered loses nothing that was to be told of it.</summary>
public sealed class KilledOutboxTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-outbox-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_not_told_before_a_kill_is_told_after_the_next_start()
    {
        await using var server = await ReceivingServer.StartAsync();
        server.Answer = ReceivingServer.Status(503);
        await File.WriteAllTextAsync(Path.Combine(_folder, "webhook.secret"), OutboxHost.WebhookSecret);
        await File.WriteAllTextAsync(Path.Combine(_folder, "appsettings.json"), JsonSerializer.Serialize(new
        {
            Webhooks = new { Receivers = new[] { new { Name = "crm", server.Url, Events = new[] { "request.created" }, SecretFile = "webhook.secret" } } },
        }));
        var requests = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            using var process = GatewayProcess.Start(_folder, "demo", "--json", "--port", "0", "--data", _folder);
            requests.Add(await AskAndKillAsync(process));
        }

        server.Answer = ReceivingServer.Status(200);
        using var last = GatewayProcess.Start(_folder, "demo", "--json", "--port", "0", "--data", _folder);
        try
        {
            for (var i = 0; i < 3_000 && !requests.TrueForAll(request => Told(server).Contains(request)); i++)
            {
                await Task.Delay(10);
            }
        }
        finally
        {
            await GatewayProcess.KillAsync(last);
        }

        Assert.Empty(requests.Except(Told(server)));

        // However often it was tried, over all the starts: one id for each request.
        Assert.All(server.All.GroupBy(static one => one.Data.GetProperty("id").GetString()), static same => Assert.Single(same.Select(static one => one.Id).Distinct()));
    }

    private static HashSet<string> Told(ReceivingServer server) => [.. server.All.Select(static one => one.Data.GetProperty("id").GetString()!)];

    private static async Task<string> AskAndKillAsync(Process process)
    {
        try
        {
            using var ready = JsonDocument.Parse(await GatewayProcess.ReadLineAsync(process));
            using var client = new HttpClient { BaseAddress = new Uri(ready.RootElement.GetProperty("url").GetString()!) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ready.RootElement.GetProperty("tokens").GetProperty("professional").GetString());
            using var body = TheGateway.Json("""{"categories":["cyber"],"project":"Red team","purpose":"Our own systems.","days":1}""");
            using var answer = await client.PostAsync(new Uri("/v1/access/requests", UriKind.Relative), body);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
            return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
        }
        finally
        {
            await GatewayProcess.KillAsync(process);
        }
    }
}
