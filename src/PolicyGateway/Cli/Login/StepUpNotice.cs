using System.Text.RegularExpressions;
using PolicyGateway.Identity;

namespace PolicyGateway.Cli.Login;

/// <summary>Tells whoever sits at the terminal how to log in as the gateway asks (RFC 9470); the SDK has nobody to tell.</summary>
internal sealed partial class StepUpNotice(LoginStore store, TextWriter progress, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private (string Text, DateTimeOffset At) _last = ("", DateTimeOffset.MinValue);

    public void Look(IEnumerable<string> challenges, StoredLogin login)
    {
        foreach (var challenge in challenges)
        {
            var bound = login.ProofKey is null && challenge.StartsWith("DPoP ", StringComparison.OrdinalIgnoreCase) ? " --dpop" : "";
            if (challenge.Contains($"error=\"{BearerChallenge.StepUpError}\"", StringComparison.Ordinal))
            {
                Say($"The gateway asks for a stronger or more recent login. Type: {login.Again(store, bound + Option(challenge, AcrValues(), "--acr-values") + Option(challenge, MaxAge(), "--max-age"))}");
            }
            else if (bound.Length > 0)
            {
                Say($"The gateway asks for a token that is bound to a key. Type: {login.Again(store, bound)}");
            }
        }
    }

    private static string Option(string challenge, Regex parameter, string option) =>
        parameter.Match(challenge) is { Success: true } found ? $" {option} {ShellText.Quoted(found.Groups[1].Value)}" : "";

    private void Say(string text)
    {
        // SDKs ask again, and many at the same time.
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_last.Text == text && now - _last.At < Pause)
            {
                return;
            }

            _last = (text, now);
        }

        progress.WriteLine(text);
    }

    [GeneratedRegex("\\bacr_values=\"([^\"\\\\]+)\"")]
    private static partial Regex AcrValues();

    [GeneratedRegex("""\bmax_age="?([0-9]{1,9})\b""")]
    private static partial Regex MaxAge();
}
