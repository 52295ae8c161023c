using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PolicyGateway.Audit;
using PolicyGateway.Cli;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Audit;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Hosting;

/// <summary>Killing the gateway at any moment leaves an audit that verifies, and no released gated byte without its record.</summary>
public sealed class KillTests : IDisposable
{
    private const int Rounds = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-kill-").FullName;
    private readonly DemoScript _script = DemoScript.Load();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kill_at_any_moment_leaves_an_audit_that_verifies_and_a_record_of_every_gated_byte()
    {
        var random = new Random(20240611);
        var gated = new ConcurrentBag<string>();
        for (var round = 0; round < Rounds; round++)
        {
            // The same folder each time, so that every start but the first goes on from what a kill left behind.
            await RunAndKillAsync(gated, random.Next(1, 60));

            var options = new AuditOptions().ResolvePaths(_folder);
            Assert.Empty(AuditFolder.VerifyAt(options).Faults);
            Assert.Equal(0, await GatewayCli.Create().Parse(["audit", "verify", "--data", _folder]).InvokeAsync());
            var intents = AuditReader.Read(options.File, new AuditFilter(null, null, null, null, int.MaxValue))
                .Where(row => row.Text("event") == "release_intent").Select(row => row.Text("decision")).ToHashSet();
            Assert.DoesNotContain(gated, decision => !intents.Contains(decision));
        }

        Assert.True(gated.Count >= Rounds, "Too few gated releases were seen for the test to mean something.");
    }

    /// <summary>Drives a new process until so many gated answers came, and kills it in the midst of the next ones.</summary>
    private async Task RunAndKillAsync(ConcurrentBag<string> gated, int wanted)
    {
        using var process = GatewayProcess.Start(_folder, "demo", "--json", "--port", "0", "--data", _folder);
        try
        {
            using var ready = JsonDocument.Parse(await GatewayProcess.ReadLineAsync(process));
            var token = ready.RootElement.GetProperty("tokens").GetProperty("professional").GetString()!;
            using var client = new HttpClient { BaseAddress = new Uri(ready.RootElement.GetProperty("url").GetString()!) };
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var seen = 0;

            // Streams come at a human pace, so that a kill finds some of them in the middle of a hold.
            var traffic = Enumerable.Range(0, 8).Select(i => DriveAsync(client, token, isGated: i % 4 != 3, isStream: i % 4 == 0, decision =>
            {
                gated.Add(decision);
                if (Interlocked.Increment(ref seen) >= wanted)
                {
                    enough.TrySetResult();
                }
            })).ToList();

            await enough.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await GatewayProcess.KillAsync(process);
            await Task.WhenAll(traffic).WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            await GatewayProcess.KillAsync(process);
        }
    }

    /// <summary>Asks for as long as anybody answers; tells of a gated answer at its first byte, whatever becomes of the rest.</summary>
    private async Task DriveAsync(HttpClient client, string token, bool isGated, bool isStream, Action<string> received)
    {
        var line = _script.For(isGated ? DemoPurpose.Refusal : DemoPurpose.Release);
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
                {
                    Content = TheGateway.Json(JsonSerializer.Serialize(new
                    {
                        model = DemoModels.Default,
                        stream = isStream,
                        messages = new[] { new { role = "user", content = line.Prompt } },
                    })),
                };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                if (isGated)
                {
                    received(response.Headers.GetValues("x-request-id").Single());
                }

                await using var body = await response.Content.ReadAsStreamAsync();
                while (await body.ReadAsync(buffer) > 0)
                {
                }
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            // Killed.
        }
    }
}
