using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

internal static class Demotion
{
    /// <summary>Takes tier and credentials from every answer of a person that is under way; returns how many it reached.</summary>
    public static int Demote(this LiveCallers live, string issuer, string subject) => live.Change(caller =>
        caller.Issuer == issuer && caller.Subject == subject ? caller with { Tier = TierLadder.Default.Lowest, Credentials = [] } : caller);
}
