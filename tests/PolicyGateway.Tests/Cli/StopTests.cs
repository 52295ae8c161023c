using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using PolicyGateway.Cli;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Hosting;

namespace PolicyGateway.Tests.Cli;

public sealed class StopTests
{
    [Fact]
    public async Task Ctrl_C_twice_lets_a_request_of_some_seconds_end_with_an_answer()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var data = Directory.CreateTempSubdirectory("stop-").FullName;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var backend = new TcpListener(IPAddress.Loopback, 0);
        backend.Start();
        var (port, management) = (FreePort.Next(), FreePort.Next());
        using var serve = Process.Start(Command(data, port, management, ((IPEndPoint)backend.LocalEndpoint).Port))!;
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            using var issuer = DevelopmentIssuer.Open(data, TimeProvider.System);
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issuer.Issue(new DevelopmentToken("public")));
            await WaitUntilReadyAsync(management, limit.Token);
            var asked = client.PostAsJsonAsync(
                "/v1/chat/completions", new { model = "m", messages = new[] { new { role = "user", content = "How do I bake bread?" } } }, limit.Token);
            var silent = await backend.AcceptSocketAsync(limit.Token);
            using var twice = Process.Start("sh", ["-c", $"kill -INT {serve.Id}; sleep 0.1; kill -INT {serve.Id}"]);

            // Longer than the two seconds after which the command line's own listener would end the process.
            await Task.Delay(TimeSpan.FromSeconds(3), limit.Token);
            silent.Dispose();
            using var answer = await asked;
            await serve.WaitForExitAsync(limit.Token);

            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
            Assert.Equal(0, serve.ExitCode);
        }
        finally
        {
            if (!serve.HasExited)
            {
                serve.Kill(entireProcessTree: true);
                await serve.WaitForExitAsync(CancellationToken.None);
            }

            Directory.Delete(data, recursive: true);
        }
    }

    private static ProcessStartInfo Command(string data, int port, int management, int backend)
    {
        DevelopmentIssuer.Open(data, TimeProvider.System).Dispose();
        string[] settings =
        [
            $"Gateway:PublicUrl=http://127.0.0.1:{port}", $"Gateway:ListenUrl=http://127.0.0.1:{port}",
            $"Gateway:ManagementUrl=http://127.0.0.1:{management}", $"Gateway:DataDirectory={data}",
            $"Backends:Clusters:main:Destinations:0=http://127.0.0.1:{backend}", "Backends:Models:m:Cluster=main",
            "Identity:Issuers:0:Name=development", $"Identity:Issuers:0:Issuer={DevelopmentIssuer.Issuer}",
            $"Identity:Issuers:0:JwksFile={Path.Combine(data, DevelopmentIssuer.FileName)}", "Identity:Issuers:0:Development=true",
            $"Identity:Issuers:0:Audiences:0={DevelopmentIssuer.DefaultAudience}",
        ];
        var start = ForegroundProcess.Of(["serve", "--environment", "Development", .. settings.SelectMany(setting => new[] { "--set", setting })]);
        start.WorkingDirectory = Path.GetDirectoryName(RepositoryFiles.Find(RepositoryFiles.Policy))!;
        return start;
    }

    private static async Task WaitUntilReadyAsync(int management, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        while (true)
        {
            try
            {
                using var ready = await client.GetAsync(new Uri($"http://127.0.0.1:{management}/healthz/ready"), cancellationToken);
                if (ready.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50, cancellationToken);
        }
    }
}
