using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Cli.Login;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>Signals that reach the login's commands, which are processes of their own here.</summary>
public sealed class InterruptionTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-signals-").FullName;
    private readonly Told _error = new();
    private ScriptedBackend _far = null!;
    private Process? _process;
    private bool _hangs;

    /// <summary>The provider and the gateway in one.</summary>
    public async Task InitializeAsync()
    {
        _far = await ScriptedBackend.StartAsync();
        _far.Answer = AnswerAsync;
    }

    public async Task DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        await _far.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _error.Dispose();

    [UnixTheory]
    [InlineData("INT", 130, "")]
    [InlineData("TERM", 143, "")]
    [InlineData("INT", 130, "--device")]
    [InlineData("TERM", 143, "--device")]
    public async Task A_login_that_is_interrupted_ends_as_shells_expect(string signal, int status, string device)
    {
        Start(["login", "--issuer", _far.Url, "--client-id", "c", "--no-browser", "--store", Path.Combine(_folder, "login.json"), .. device.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        await _error.WaitForAsync("(Log in at this address.*\n.*|or open .*)\n");

        await SignalAsync(signal);

        Assert.Equal(status, await EndAsync());
    }

    [UnixTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_provider_that_does_not_answer_keeps_no_relay_from_ending(string signal)
    {
        var ask = await ServeAsync();
        _hangs = true;
        var asked = ask();
        await WaitAsync(() => _far.Received.Any(static sent => sent.Path == "/token"));
        var signalled = Stopwatch.GetTimestamp();

        await SignalAsync(signal);

        Assert.Equal(0, await EndAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(signalled), TimeSpan.Zero, TimeSpan.FromSeconds(12));
        Assert.Contains("login_unavailable", await asked, StringComparison.Ordinal);
    }

    [UnixTheory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_relay_says_that_it_waits_for_answers_and_ends_at_once_when_it_is_told_again(string signal, int status)
    {
        var ask = await ServeAsync();
        var asked = ask();
        await WaitAsync(() => _far.Received.Any(static sent => sent.Path == "/v1/slow"));

        await SignalAsync(signal);
        await _error.WaitForAsync("(Waiting for 1 answer under way, 30 seconds at most)");
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(_process!.HasExited);
        var signalled = Stopwatch.GetTimestamp();
        await SignalAsync(signal);

        Assert.Equal(status, await EndAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(signalled), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await Assert.ThrowsAnyAsync<Exception>(() => asked);
    }

    private void Start(params string[] arguments)
    {
        var start = ForegroundProcess.Of(arguments);
        (start.RedirectStandardError, start.RedirectStandardOutput, start.WorkingDirectory) = (true, true, _folder);
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _error.WriteLine(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Starts a relay; what is returned asks through it.</summary>
    private async Task<Func<Task<string>>> ServeAsync()
    {
        var (store, key) = (Path.Combine(_folder, "login.json"), Path.Combine(_folder, "relay.key"));
        new LoginStore(store, TimeProvider.System).Write(new StoredLogin("1", _far.Url, "c", null, "openid", "r", null));
        Start("login", "serve", "--url", _far.Url, "--port", "0", "--store", store, "--key-file", key);
        var address = await _error.WaitForAsync(@"Forwarding (\S+) to");
        return async () =>
        {
            using var client = new HttpClient();
            client.DefaultRequestHeaders.Add("x-api-key", (await File.ReadAllTextAsync(key)).Trim());
            using var answer = await client.GetAsync(new Uri(address + "/v1/slow"));
            return await answer.Content.ReadAsStringAsync();
        };
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    private async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Longest);
        return _process.ExitCode;
    }

    private static async Task WaitAsync(Func<bool> happened)
    {
        for (var waited = TimeSpan.Zero; !happened(); waited += TimeSpan.FromMilliseconds(20))
        {
            Assert.True(waited < Longest, "It did not happen.");
            await Task.Delay(20);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var url = _far.Url;
        switch (context.Request.Path.Value)
        {
            case "/token" when !_hangs:
                await ScriptedBackend.WriteJsonAsync(context, """{"access_token":"t","token_type":"Bearer","expires_in":600}""");
                break;
            case "/device":
                await ScriptedBackend.WriteJsonAsync(context, $$"""{"device_code":"d","user_code":"U","verification_uri":"{{url}}/d","verification_uri_complete":"{{url}}/d?c=U","expires_in":600}""");
                break;
            case "/.well-known/openid-configuration":
                await ScriptedBackend.WriteJsonAsync(context, $$"""{"issuer":"{{url}}","authorization_endpoint":"{{url}}/auth","token_endpoint":"{{url}}/token","device_authorization_endpoint":"{{url}}/device"}""");
                break;
            default:
                await context.Response.WriteAsync("begun");
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
        }
    }

    /// <summary>Windows has no such signals.</summary>
    private sealed class UnixTheoryAttribute : TheoryAttribute
    {
        public UnixTheoryAttribute() => Skip = OperatingSystem.IsWindows() ? "There are no signals on Windows." : null;
    }
}
