using PolicyGateway.Identity;

namespace PolicyGateway.Cli;

/// <summary>Who asks, as a command line or a recorded row says it.</summary>
/// <param name="Tier">The tier; null is the lowest.</param>
/// <param name="Credentials">Names of credentials; all are in force.</param>
/// <param name="Tenant">The tenant, if any.</param>
/// <param name="Acr">How the caller logged in, if that is known.</param>
/// <param name="LoginAge">How long ago that was.</param>
/// <param name="IsBound">Whether the caller's token is bound to a key.</param>
/// <param name="CredentialAge">How long ago the credentials were proved.</param>
/// <param name="Assurance">How sure their issuer is, if it says so.</param>
internal sealed record AskingCaller(
    string? Tier, IReadOnlyList<string> Credentials, string? Tenant, string? Acr, TimeSpan LoginAge = default, bool IsBound = false,
    TimeSpan CredentialAge = default, string? Assurance = null)
{
    /// <summary>What is wrong with the tier; null where nothing is.</summary>
    public string? Fault(TierLadder ladder) => Tier is null || ladder.TryGet(Tier, out _)
        ? null
        : $"'{Tier}' is no tier. The tiers are: {string.Join(", ", ladder.Tiers)}.";

    /// <summary>Someone is asking: only a caller of the lowest tier without anything else is anonymous.</summary>
    public Caller ToCaller(TierLadder ladder, DateTimeOffset now) =>
        Tier is null && Credentials.Count == 0 && Tenant is null && Acr is null && !IsBound
            ? Caller.Anonymous(ladder)
            : new Caller(
                "explain",
                "someone",
                null,
                Tenant,
                ladder.Parse(Tier),
                [.. Credentials.Select(name => new Credential(name, "explain") { ProvedAt = now - CredentialAge, Assurance = Assurance })],
                Acr,
                AuthTime: now - LoginAge)
            {
                Binding = IsBound ? TokenBinding.Dpop : TokenBinding.None,
            };
}
