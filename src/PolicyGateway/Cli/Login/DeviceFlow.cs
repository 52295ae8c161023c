using Duende.IdentityModel;
using Duende.IdentityModel.Client;

namespace PolicyGateway.Cli.Login;

/// <summary>A login by a browser on another machine (RFC 8628): a code to enter there, and asking until it was.</summary>
internal sealed class DeviceFlow(LoginProvider provider, LoginAsked asked, TextWriter progress, TimeProvider time)
{
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Slower = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UsualPatience = TimeSpan.FromMinutes(10);

    /// <exception cref="LoginRefused">The provider, or the person, said no.</exception>
    /// <exception cref="CommandFault">The provider does not answer as it should.</exception>
    public async Task<TokenResponse> RunAsync(CancellationToken cancellationToken)
    {
        var started = await provider.StartDeviceAsync([.. asked.Parameters()], cancellationToken);
        if (started is not { DeviceCode.Length: > 0, UserCode.Length: > 0 })
        {
            throw new CommandFault("The provider's answer holds no code.");
        }

        var end = time.GetUtcNow() + (started.ExpiresIn is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : UsualPatience);
        await progress.WriteLineAsync($"Go to {Shown(started.VerificationUri)} on any machine and enter the code {PlainText.Of(started.UserCode)}");
        if (started.VerificationUriComplete is { } complete)
        {
            await progress.WriteLineAsync($"or open {Shown(complete)} and compare the code.");
        }

        var interval = started.Interval > 0 ? TimeSpan.FromSeconds(started.Interval) : UsualInterval;
        Parameters parameters = [new(OidcConstants.TokenRequest.DeviceCode, started.DeviceCode), .. asked.ForTokens()];
        while (time.GetUtcNow() + interval < end)
        {
            await Task.Delay(interval, time, cancellationToken);
            var answer = await provider.AskAsync(OidcConstants.GrantTypes.DeviceCode, parameters, cancellationToken);
            switch (answer.IsError ? answer.Error : null)
            {
                case OidcConstants.TokenErrors.AuthorizationPending:
                    break;

                // 3.5: a provider that does not answer is asked less often, too.
                case OidcConstants.TokenErrors.SlowDown:
                case not null when answer.ErrorType == ResponseErrorType.Exception:
                    interval += Slower;
                    break;
                default:
                    provider.Expect(answer);
                    return answer;
            }
        }

        throw new LoginRefused("The code has ended before anybody logged in with it. Type the command again.");
    }

    private static string Shown(string? address) => PlainText.Of(SafeAddress.Of(address, "The address that the provider wants opened").AbsoluteUri);
}
