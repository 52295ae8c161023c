using System.CommandLine;

namespace PolicyGateway.Cli.Login;

/// <summary><c>logout</c>: has the provider end the login, and removes the file.</summary>
internal static class LogoutCommand
{
    public static Command Create()
    {
        var store = LoginOptions.Store();
        var command = new Command("logout", "End the login: at the provider (RFC 7009) and here. Exit status: 0 done, 1 refused, 2 the provider could not be asked; it is removed here in each case.") { store };
        command.SetAction((parsed, cancellationToken) => LoginRefused.ReportAsync(
            async interrupted =>
            {
                using var http = LoginOptions.Client();
                await RunAsync(new LoginStore(parsed.GetRequiredValue(store), TimeProvider.System), http, parsed.InvocationConfiguration.Error, interrupted);
            },
            parsed.InvocationConfiguration.Error,
            cancellationToken));
        return command;
    }

    internal static async Task RunAsync(LoginStore store, HttpClient http, TextWriter progress, CancellationToken cancellationToken)
    {
        if (store.Read() is null)
        {
            await progress.WriteLineAsync($"Nobody is logged in at {store.File}.");
            return;
        }

        using var locked = await store.LockAsync(cancellationToken);
        if (store.Read() is not { } login)
        {
            return;
        }

        store.Delete();
        await progress.WriteLineAsync($"Removed {store.File}.");
        if (await LoginEnd.TryAsync("the login", () => LoginEnd.RevokeAsync(http, login, cancellationToken), progress) is { } why)
        {
            throw why;
        }
    }
}
