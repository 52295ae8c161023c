using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using PolicyGateway.Tests.Clients;
using PolicyGateway.Tests.Hosting;

namespace PolicyGateway.Tests.Portal;

/// <summary>A certified OpenID provider (npm <c>oidc-provider</c>) in a process of its own, which asks who and how, and no password.</summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    public const string Resource = "urn:policygateway:test";
    public const string ClientSecret = "a secret of the tests, which opens nothing else";
    public const string ClientRedirect = "http://127.0.0.1:1/callback";

    /// <summary>The public client that the command line is.</summary>
    public const string CommandLine = "command-line";

    private readonly int _port = FreePort.Next();
    private readonly string _settings = Path.GetTempFileName();
    private Process? _process;
    private Task _listening = Task.CompletedTask;

    public static OpenIdProvider Create() => new();

    public string Issuer => $"http://127.0.0.1:{_port}";

    /// <summary>What its access tokens say of an account beside who it is.</summary>
    public Dictionary<string, object> Accounts { get; } = [];

    /// <summary>A line for each token that it gave.</summary>
    public ConcurrentQueue<string> Said { get; } = [];

    /// <summary>Starts it.</summary>
    /// <param name="portal">The portal's address, for the clients that log in there.</param>
    /// <param name="console">The console's.</param>
    public async Task StartAsync(Uri portal, Uri console)
    {
        Uri signedOut = new(portal, "/portal/signed-out"), consoleOut = new(console, "/console/signed-out");
        object[] clients =
        [
            new
            {
                client_id = "pages",
                client_secret = ClientSecret,
                token_endpoint_auth_method = "client_secret_post",
                redirect_uris = new[] { new Uri(portal, "/portal/signed-in"), new Uri(console, "/console/signed-in") },
                post_logout_redirect_uris = new[] { signedOut, consoleOut },
                backchannel_logout_uri = new Uri(portal, "/portal/backchannel-logout"),
                backchannel_logout_session_required = true,
            },
            new { client_id = "client", token_endpoint_auth_method = "none", redirect_uris = new[] { ClientRedirect } },
            new
            {
                client_id = CommandLine,
                application_type = "native",
                token_endpoint_auth_method = "none",
                redirect_uris = new[] { "http://127.0.0.1/callback" },
                grant_types = new[] { "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code" },
            },
        ];
        await File.WriteAllTextAsync(_settings, JsonSerializer.Serialize(new { port = _port, resource = Resource, accounts = Accounts, clients }));
        var start = new ProcessStartInfo("node", [NodeClient.PathOf("provider.mjs"), _settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string? line;
        while ((line = await _process.StandardOutput.ReadLineAsync(late.Token)) != "ready")
        {
            Assert.False(line is null, "The provider did not start: " + await _process.StandardError.ReadToEndAsync(late.Token));
        }

        _listening = ListenAsync(_process.StandardOutput);
        _process.BeginErrorReadLine();
    }

    /// <summary>The settings of a gateway that takes its tokens and logs people in there.</summary>
    public Dictionary<string, string?> Settings()
    {
        const string issuer = "Identity:Issuers:1:";
        var settings = new Dictionary<string, string?>
        {
            [issuer + "Name"] = "provider",
            [issuer + "Issuer"] = Issuer,
            [issuer + "Authority"] = Issuer,
            [issuer + "Audiences:0"] = Resource,
            [issuer + "RequiredTokenType"] = "at+jwt",
            [issuer + "Algorithms:0"] = "ES256",
            [issuer + "TierClaim"] = "tier",
            [issuer + "MaxTier"] = "professional",
            [issuer + "CredentialsClaim"] = "credentials",
            [issuer + "AllowedCredentials:0"] = "security-professional",
            [issuer + "OrganisationClaim"] = "organisation",
            [issuer + "RolesClaim"] = "roles",
            ["Portal:Issuer"] = Issuer,
            ["Portal:ClientId"] = "pages",
            ["Portal:ClientSecretFile"] = SecretFile(),
            ["Portal:Resource"] = Resource,
        };
        foreach (var role in new[] { "auditor", "operator", "approver", "administrator", "responder", "steward" })
        {
            settings[$"{issuer}Roles:{role}:0"] = role;
        }

        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.StandardInput.Close();
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await process.WaitForExitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            process.Kill(entireProcessTree: true);
            await _listening;
            process.Dispose();
        }

        File.Delete(_settings);
        File.Delete(SecretFile());
    }

    private async Task ListenAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            Said.Enqueue(line);
        }
    }

    private string SecretFile()
    {
        var file = _settings + ".secret";
        if (!File.Exists(file))
        {
            File.WriteAllText(file, ClientSecret + "\n");
        }

        return file;
    }
}
