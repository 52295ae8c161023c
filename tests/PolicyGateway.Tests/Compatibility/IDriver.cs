namespace PolicyGateway.Tests.Compatibility;

/// <summary>Plays scenarios with the clients of one SDK.</summary>
internal interface IDriver
{
    /// <summary>What the user of each client saw in each scenario that the client can be in.</summary>
    Task<IReadOnlyList<Seen>> RunAsync(IReadOnlyList<Call> calls);
}

/// <summary>One scenario as a driver is told.</summary>
/// <param name="Name">The scenario's.</param>
/// <param name="Url">The gateway that it needs, with a slash at its end.</param>
/// <param name="Token">The caller's.</param>
/// <param name="Stopped">Where to ask of a tag whether the backend's work was ended.</param>
/// <param name="Prompt">What to ask, behind the tag.</param>
internal sealed record Call(string Name, string Url, string Token, string Stopped, string Prompt);
