using System.CommandLine;

namespace PolicyGateway.Cli.Login;

/// <summary><c>login serve</c>: an address on this machine for SDKs that know a static key only.</summary>
internal static class RelayCommand
{
    private const int UsualPort = 8090;

    public static Command Create()
    {
        var gateway = LoginOptions.Gateway("which everything is forwarded to");
        var port = new Option<int>("--port") { Description = "Where it listens on 127.0.0.1; 0 picks a free port.", DefaultValueFactory = static _ => UsualPort };
        port.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value is >= 0 and <= 65535))
            {
                result.AddError("--port must be from 0 to 65535.");
            }
        });
        var keyFile = new Option<string>("--key-file")
        {
            Description = "The file with the static key that your SDK sends; made, and printed once, where it is missing. Default: policygateway/relay.key in your configuration folder.",
            HelpName = "FILE",
            DefaultValueFactory = static _ => Path.Combine(LoginStore.Folder, "relay.key"),
        };
        var store = LoginOptions.Store();
        var command = new Command("serve", "Forward what your SDK sends to 127.0.0.1 to the gateway, as who is logged in.") { gateway, port, keyFile, store };
        command.SetAction((parsed, cancellationToken) => LoginRefused.ReportAsync(
            interrupted => RunAsync(
                parsed.GetValue(gateway), parsed.GetValue(port), parsed.GetRequiredValue(keyFile), parsed.GetRequiredValue(store),
                parsed.InvocationConfiguration.Output, TextWriter.Synchronized(parsed.InvocationConfiguration.Error), interrupted),
            parsed.InvocationConfiguration.Error,
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(string? url, int port, string keyFile, string file, TextWriter output, TextWriter progress, CancellationToken cancellationToken)
    {
        var gateway = url is null ? throw new CommandFault("Name the gateway with --url.") : SafeAddress.OfGateway(url);
        var store = new LoginStore(file, TimeProvider.System);
        if (store.Read() is not { } login)
        {
            throw new CommandFault($"Nobody is logged in at {store.File}. Type: policygateway login --url {ShellText.Quoted(url)} --client-id ID{store.Option}");
        }

        var (secret, isNew) = RelayDoor.SecretOf(keyFile);
        using var http = LoginOptions.Client();
        await using var tokens = new FreshTokens(store, http, progress, TimeProvider.System, login);
        await using var relay = await TokenRelay.StartAsync(gateway, port, new RelayDoor(secret), tokens, new StepUpNotice(store, progress, TimeProvider.System), cancellationToken);
        if (isNew)
        {
            await progress.WriteLineAsync("This is the key for your SDK; it is printed this once:");
            await output.WriteLineAsync(secret);
            await output.FlushAsync(CancellationToken.None);
        }

        await progress.WriteLineAsync($"Forwarding {relay.Address.AbsoluteUri.TrimEnd('/')} to {gateway}. The key for your SDK is in {Path.GetFullPath(keyFile)}.");
        await using var ending = cancellationToken.Register(() =>
        {
            tokens.End();
            if (relay.UnderWay is > 0 and var answers)
            {
                progress.WriteLine($"Waiting for {answers} {(answers == 1 ? "answer" : "answers")} under way, {TokenRelay.LastPatience.TotalSeconds:0} seconds at most. Ctrl-C again ends at once.");
            }
        });
        await relay.WaitAsync(cancellationToken);
    }
}
