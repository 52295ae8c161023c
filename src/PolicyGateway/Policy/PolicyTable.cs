using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// The decision table: pure and total. Every caller, verdict and snapshot has exactly one answer, and nothing but its
/// arguments goes into it.
/// </summary>
internal static class PolicyTable
{
    /// <summary>Which categories are open to a caller.</summary>
    public static Clearance ClearanceOf(PolicySnapshot policy, Caller caller, DateTimeOffset now) =>
        throw new NotSupportedException();

    /// <summary>What happens to a prompt: allow, hold, step up, refuse, prohibit, or unavailable.</summary>
    /// <param name="policy">The snapshot that this request was given.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="verdict">What the judge says of everything that the model will read.</param>
    /// <param name="hasUnclassifiedInput">Whether part of the prompt could not be read (images, audio, unknown parts).</param>
    /// <param name="now">The time at which credentials must still be valid.</param>
    public static Decision DecidePrompt(
        PolicySnapshot policy, Caller caller, Verdict verdict, bool hasUnclassifiedInput, DateTimeOffset now) =>
        throw new NotSupportedException();

    /// <summary>
    /// What happens to a completion: allow or refuse, prohibit, unavailable; never hold. Its rule names the category's
    /// completion row.
    /// </summary>
    public static Decision DecideCompletion(
        PolicySnapshot policy, Caller caller, Verdict verdict, DateTimeOffset now) =>
        throw new NotSupportedException();
}
