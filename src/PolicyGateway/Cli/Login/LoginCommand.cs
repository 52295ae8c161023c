using System.CommandLine;
using System.Globalization;
using Duende.IdentityModel.Client;

namespace PolicyGateway.Cli.Login;

/// <summary><c>login</c>: logs a person in at the provider, and keeps what new access tokens are got with.</summary>
internal static class LoginCommand
{
    public static Command Create()
    {
        var issuer = new Option<string?>("--issuer") { Description = "Who you log in at. Default: the one issuer that the gateway names.", HelpName = "URL" };
        var gateway = LoginOptions.Gateway("which names the issuer");
        var client = new Option<string>("--client-id") { Description = "The public client that the provider knows this command as; its redirect address is http://127.0.0.1/callback, on any port.", HelpName = "ID", Required = true };
        var resource = new Option<string?>("--resource") { Description = "What the tokens are for (RFC 8707), where the provider wants to know.", HelpName = "URI" };
        var scope = new Option<string>("--scope") { Description = "The scopes that are asked for.", DefaultValueFactory = static _ => LoginAsked.DefaultScope };
        var device = new Option<bool>("--device") { Description = "Log in by a browser on another machine, with a code (RFC 8628)." };
        var dpop = new Option<bool>("--dpop") { Description = "Have the tokens bound to a key that stays here (RFC 9449): who steals one has nothing." };
        var acr = new Option<string?>("--acr-values") { Description = "How strong the login must be, such as phr; what the gateway asked for.", HelpName = "VALUES" };
        var maxAge = new Option<int?>("--max-age") { Description = "How many seconds ago the login may have been.", HelpName = "SECONDS" };
        maxAge.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                result.AddError("--max-age must be a number of seconds, 0 or more.");
            }
        });
        var prompt = new Option<string?>("--prompt") { Description = "What the provider shows even where it knows you: login, or consent, without which some give no refresh token." };
        var noBrowser = new Option<bool>("--no-browser") { Description = "Print the address and open nothing." };
        var print = new Option<bool>("--print-token") { Description = "Print the access token, and nothing else, on standard output." };
        var store = LoginOptions.Store();
        var command = new Command("login", "Log in at your organisation's provider, for SDKs that know a static key only. Exit status: 0 done, 1 refused, 2 nothing could be asked.")
        {
            issuer, gateway, client, resource, scope, device, dpop, acr, maxAge, prompt, noBrowser, print, store, RelayCommand.Create(),
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(print) && result.GetValue(dpop))
            {
                result.AddError("--print-token and --dpop exclude each other: a bound token is worth nothing without its key, which stays in the file.");
            }
        });
        command.SetAction((parsed, cancellationToken) => LoginRefused.ReportAsync(
            async interrupted =>
            {
                var asked = new LoginAsked(parsed.GetRequiredValue(client), parsed.GetValue(resource), parsed.GetRequiredValue(scope), parsed.GetValue(acr), parsed.GetValue(maxAge), parsed.GetValue(prompt));
                var run = new LoginRun(new LoginStore(parsed.GetRequiredValue(store), TimeProvider.System), parsed.InvocationConfiguration.Error, TimeProvider.System);
                var token = await run.RunAsync(
                    parsed.GetValue(issuer), parsed.GetValue(gateway), asked, parsed.GetValue(dpop), parsed.GetValue(device), parsed.GetValue(print), parsed.GetValue(noBrowser) ? null : Browser.Open, interrupted);
                if (parsed.GetValue(print))
                {
                    await parsed.InvocationConfiguration.Output.WriteLineAsync(token);
                }
            },
            parsed.InvocationConfiguration.Error,
            cancellationToken));
        return command;
    }
}

/// <summary>One login, from the issuer's name to the file.</summary>
internal sealed class LoginRun(LoginStore store, TextWriter progress, TimeProvider time)
{
    /// <summary>Returns the access token.</summary>
    /// <exception cref="LoginRefused">The provider, or the person, said no.</exception>
    /// <exception cref="CommandFault">Nothing could be asked or kept.</exception>
    public async Task<string> RunAsync(
        string? issuer, string? gateway, LoginAsked asked, bool isBound, bool isElsewhere, bool isPrinted, Func<Uri, bool>? open, CancellationToken cancellationToken)
    {
        // Whatever is there is a login, or nothing that this may replace.
        store.Read();
        store.Try();
        using var http = LoginOptions.Client();
        using var key = isBound ? ProofKey.Create(time) : null;
        var provider = await LoginProvider.DiscoverAsync(http, issuer ?? await IssuerOfAsync(http, gateway, cancellationToken), asked.ClientId, key, cancellationToken);
        await EndBeforeAsync(cancellationToken);
        var tokens = isElsewhere
            ? await new DeviceFlow(provider, asked, progress, time).RunAsync(cancellationToken)
            : await new CodeFlow(provider, asked, progress, time).RunAsync(open, cancellationToken);
        try
        {
            await KeepAsync(provider, asked, key, tokens, isPrinted);
        }
        catch (CommandFault) when (tokens.RefreshToken is { Length: > 0 })
        {
            await LoginEnd.TryAsync("this login", () => provider.RevokeAsync(tokens.RefreshToken, cancellationToken), progress);
            throw;
        }

        return tokens.AccessToken!;
    }

    /// <summary>
    /// Ends the login that this one replaces, whose refresh token nobody could end later. Before the new one is there: providers end
    /// all that a person granted a client, or that a session has, when one refresh token of it is revoked.
    /// </summary>
    private async Task EndBeforeAsync(CancellationToken cancellationToken)
    {
        if (store.Read() is null)
        {
            return;
        }

        // The relay that is renewing it has another refresh token in a moment.
        using var locked = await store.LockAsync(cancellationToken);
        if (store.Read() is not { } before)
        {
            return;
        }

        using var http = LoginOptions.Client(TimeSpan.FromSeconds(10));
        if (await LoginEnd.TryAsync("the login before", () => LoginEnd.RevokeAsync(http, before, cancellationToken), progress) is { } why)
        {
            await progress.WriteLineAsync(why.Message);
        }
    }

    private static Task<string> IssuerOfAsync(HttpClient http, string? gateway, CancellationToken cancellationToken) => gateway is null
        ? throw new CommandFault("Name the issuer with --issuer, or the gateway with --url, which names its issuer.")
        : GatewayMetadata.IssuerAsync(http, SafeAddress.OfGateway(gateway), cancellationToken);

    private async Task KeepAsync(LoginProvider provider, LoginAsked asked, ProofKey? key, TokenResponse tokens, bool isPrinted)
    {
        const string how = "Have the client allowed the grant refresh_token and the scope offline_access; some providers give one with --prompt consent only.";
        if (tokens.RefreshToken is not { Length: > 0 } refreshToken)
        {
            if (!isPrinted)
            {
                throw new LoginRefused($"The provider gave no refresh token, so there is nothing to keep. {how}");
            }

            await progress.WriteLineAsync($"Nothing is kept: the provider gave no refresh token. {how}");
            return;
        }

        // A relay that is renewing the login before must not write its own over this one.
        using var locked = await store.LockAsync(CancellationToken.None);
        store.Write(new StoredLogin(Guid.NewGuid().ToString("n"), provider.Issuer, asked.ClientId, asked.Resource, asked.Scope, refreshToken, key?.ToPem()));
        await progress.WriteLineAsync($"Logged in; kept in {store.File}. For your SDK: policygateway login serve --url GATEWAY{store.Option}");
    }
}
