namespace PolicyGateway.Policy;

/// <summary>A policy as it was written.</summary>
/// <param name="Version">The hash of what it says.</param>
/// <param name="Since">When it came into force here.</param>
/// <param name="Text">The file's text, comments included; a policy holds no secrets.</param>
internal sealed record PolicyText(string Version, DateTimeOffset Since, string Text);

/// <summary>The policy in force and the one before it, which is remembered until the gateway stops.</summary>
internal sealed record PolicyTexts(PolicyText Current, PolicyText? Previous)
{
    /// <summary>What follows a policy. The same one with other comments takes its place and is in force as long.</summary>
    public static PolicyTexts After(PolicyTexts? before, PolicyText next) =>
        before is null ? new PolicyTexts(next, null)
        : before.Current.Version == next.Version ? before with { Current = next with { Since = before.Current.Since } }
        : new PolicyTexts(next, before.Current);
}
