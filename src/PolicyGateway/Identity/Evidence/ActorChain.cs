using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Identity.Evidence;

/// <summary>
/// Who acts for the subject of a token: the <c>act</c> claim of RFC 8693, outermost first. Nothing is known of an actor but a name, so
/// only one that the operator trusts acts with what the subject has.
/// </summary>
/// <param name="Subjects">The actors' <c>sub</c>; empty where the subject acts for himself.</param>
/// <param name="IsReadable">Whether each actor could be named.</param>
internal sealed record ActorChain(ImmutableArray<string> Subjects, bool IsReadable)
{
    private const int Longest = 8;
    private const int LongestName = 256;

    public static readonly ActorChain None = new([], true);

    /// <summary>The actors of a token.</summary>
    /// <param name="payload">Its claims.</param>
    /// <param name="issuer">Its issuer: an actor whom another one names is nobody that can be known here (RFC 8693, 4.1).</param>
    public static ActorChain Of(JsonElement payload, string issuer)
    {
        if (!payload.TryGetProperty("act", out var actor))
        {
            return None;
        }

        var subjects = ImmutableArray.CreateBuilder<string>();
        for (var more = true; more;)
        {
            if (subjects.Count == Longest || actor.ValueKind != JsonValueKind.Object
                || !actor.TryGetProperty("sub", out var name) || name.ValueKind != JsonValueKind.String
                || name.GetString() is not { Length: > 0 and <= LongestName } text || text.Any(char.IsControl)
                || (actor.TryGetProperty("iss", out var by) && !(by.ValueKind == JsonValueKind.String && by.ValueEquals(issuer))))
            {
                return new ActorChain(subjects.ToImmutable(), false);
            }

            subjects.Add(text);
            more = actor.TryGetProperty("act", out var next);
            actor = next;
        }

        return new ActorChain(subjects.ToImmutable(), true);
    }

    /// <summary>Whether each of them may act with what the subject has.</summary>
    public bool IsTrusted(IReadOnlyCollection<string> trusted) => IsReadable && Subjects.All(trusted.Contains);
}
