using System.CommandLine;
using PolicyGateway.Cli;
using PolicyGateway.Cli.Login;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Portal;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>A gateway, the provider that its people log in at, and somebody who types commands.</summary>
public sealed class LoginGateway : IAsyncLifetime
{
    private const string Policy = """
        {
          "name": "login", "anonymous": "allow",
          "severity": [ { "severity": "prohibited", "category": "cyber", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": {
              "requires": { "tier": "verified", "any_of": ["security-professional"], "acr_values": ["phr"], "sender_constrained": true },
              "prompt": { "uncertain": "hold", "flagged": "refuse" },
              "completion": { "uncertain": "log", "flagged": "refuse" }
            },
            "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] } }
          }
        }
        """;

    private readonly PortalGateway _portal = new();
    private int _stores;

    internal OpenIdProvider Provider { get; } = OpenIdProvider.Create();

    internal Uri Url => _portal.Url;

    internal ScriptedBackend Backend => _portal.Access.Gateway.Backend;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("policygateway-login-").FullName;

    public async Task InitializeAsync()
    {
        Provider.Accounts["ada"] = new { tier = "professional", credentials = new[] { "security-professional" } };
        Provider.Accounts["brief"] = new { tier = "registered", seconds = 2 };
        _portal.Access.Gateway.PolicyText = Policy;
        foreach (var (key, value) in Provider.Settings())
        {
            _portal.Access.Gateway.Settings[key] = value;
        }

        await _portal.InitializeAsync();
        await Provider.StartAsync(_portal.Url, _portal.Access.Gateway.Management);
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await Provider.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A file that no other test's login is in, in a folder that is not there yet.</summary>
    internal string NewStore() => Path.Combine(Folder, $"{Interlocked.Increment(ref _stores)}", "deeper", "login.json");

    internal static StoredLogin Stored(string store) => new LoginStore(store, TimeProvider.System).Read()!;

    /// <summary>Runs a command to its end.</summary>
    internal static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var command = new RunningCommand(arguments);
        return (await command.Ended, command.Output.ToString(), command.Error.ToString());
    }

    /// <summary>The options that log in at the provider.</summary>
    internal string[] Login(string store, params string[] more) =>
        ["login", "--issuer", Provider.Issuer, "--client-id", OpenIdProvider.CommandLine, "--resource", OpenIdProvider.Resource, "--no-browser", "--store", store, .. more];

    /// <summary>The command that logs the same person in again.</summary>
    internal string LoginAgain(string store) => $"policygateway login --issuer {Provider.Issuer} --client-id {OpenIdProvider.CommandLine} --resource {OpenIdProvider.Resource} --store {store}";

    /// <summary>Logs somebody in by this machine's browser.</summary>
    internal async Task<RunningCommand> LogInAsync(string store, string account, string method = "pwd", params string[] more)
    {
        var command = new RunningCommand(Login(store, more));
        var page = await SomebodyAtProvider.FollowAsync(await command.Error.WaitForAsync(@"(http://\S+/auth\?\S+)"), account, method);
        Assert.True(await command.Ended == 0, $"{page}: {command.Error}");
        return command;
    }

    /// <summary>A relay to this gateway.</summary>
    internal Task<Relay> ServeAsync(string store) => Relay.StartAsync(store, Url.AbsoluteUri);
}

/// <summary>A command under way.</summary>
internal sealed class RunningCommand : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public RunningCommand(params string[] arguments) =>
        Ended = Task.Run(() => GatewayCli.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = Output, Error = Error }, _stop.Token));

    public Told Output { get; } = new();

    public Told Error { get; } = new();

    public Task<int> Ended { get; }

    public Task StopAsync() => _stop.CancelAsync();

    public void Dispose() => _stop.Dispose();
}

/// <summary>A <c>login serve</c> under way, with its address and key.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly RunningCommand _command;

    private Relay(RunningCommand command, Uri address, string key) => (_command, Address, Key) = (command, address, key);

    public Uri Address { get; }

    public string Key { get; }

    public Told Error => _command.Error;

    public Told Output => _command.Output;

    public static async Task<Relay> StartAsync(string store, string gateway)
    {
        var keyFile = store + ".key";
        var command = new RunningCommand("login", "serve", "--url", gateway, "--port", "0", "--store", store, "--key-file", keyFile);
        return new Relay(command, new Uri(await command.Error.WaitForAsync(@"Forwarding (\S+) to")), (await File.ReadAllTextAsync(keyFile)).Trim());
    }

    /// <summary>Sends a request as an SDK does.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string? key, string? body = null, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address };
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.Add("Authorization", "Bearer " + key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = body is null ? null : TheGateway.Json(body);
        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers.ToDictionary(
            header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase), response.ReasonPhrase);
    }

    public Task<Answer> WhoAsync() => SendAsync(HttpMethod.Get, "/v1/access/me", Key);

    public async ValueTask DisposeAsync()
    {
        await _command.StopAsync();
        await _command.Ended;
        _command.Dispose();
    }
}
