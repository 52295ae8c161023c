using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Identity.Passports;

/// <summary>
/// What must stand in the same passport before a visa counts: any one of several lists, of which each clause must be met by one
/// visa. A visa with conditions that are not understood does not count.
/// </summary>
internal sealed class VisaConditions(ImmutableArray<ImmutableArray<VisaClause>> anyOf)
{
    private const int MostClauses = 64;

    /// <summary>Reads the member <c>conditions</c>; false where it is not understood as a whole.</summary>
    public static bool TryRead(JsonElement visa, out VisaConditions? conditions)
    {
        conditions = null;
        if (!visa.TryGetProperty("conditions", out var outer))
        {
            return true;
        }

        if (outer.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        var lists = ImmutableArray.CreateBuilder<ImmutableArray<VisaClause>>();
        var count = 0;
        foreach (var inner in outer.EnumerateArray())
        {
            if (inner.ValueKind != JsonValueKind.Array || inner.GetArrayLength() == 0 || (count += inner.GetArrayLength()) > MostClauses)
            {
                return false;
            }

            var clauses = ImmutableArray.CreateBuilder<VisaClause>();
            foreach (var element in inner.EnumerateArray())
            {
                if (VisaClause.Read(element) is not { } clause)
                {
                    return false;
                }

                clauses.Add(clause);
            }

            lists.Add(clauses.ToImmutable());
        }

        conditions = lists.Count == 0 ? null : new VisaConditions(lists.ToImmutable());
        return true;
    }

    /// <summary>Until when they are met by these visas; null where they are not.</summary>
    public DateTimeOffset? MetUntil(IReadOnlyCollection<Visa> visas)
    {
        DateTimeOffset? latest = null;
        foreach (var clauses in anyOf)
        {
            // As long as the first of its clauses to end; each clause as long as the last visa that meets it.
            DateTimeOffset? until = DateTimeOffset.MaxValue;
            foreach (var clause in clauses)
            {
                DateTimeOffset? met = null;
                foreach (var visa in visas.Where(clause.IsMetBy))
                {
                    met = !(met >= visa.ExpiresAt) ? visa.ExpiresAt : met;
                }

                until = met is null || until is null ? null : met < until ? met : until;
            }

            latest = until is not null && !(latest >= until) ? until : latest;
        }

        return latest;
    }
}

/// <summary>What one visa must say: its type, and some of its members.</summary>
internal sealed record VisaClause(string Type, ImmutableArray<(string Name, string Kind, string Wanted)> Members)
{
    /// <summary>Null where it is not understood.</summary>
    public static VisaClause? Read(JsonElement clause)
    {
        if (clause.ValueKind != JsonValueKind.Object || SignedDocument.Text(clause, "type") is not { Length: > 0 } type)
        {
            return null;
        }

        var members = ImmutableArray.CreateBuilder<(string, string, string)>();
        foreach (var member in clause.EnumerateObject().Where(static member => member.Name != "type"))
        {
            if (member.Name is not ("value" or "source" or "by")
                || member.Value.ValueKind != JsonValueKind.String
                || member.Value.GetString()!.Split(':', 2) is not [var kind, var wanted]
                || kind is not ("const" or "pattern" or "split_pattern"))
            {
                return null;
            }

            members.Add((member.Name, kind, wanted));
        }

        return members.Count == 0 ? null : new VisaClause(type, members.ToImmutable());
    }

    public bool IsMetBy(Visa visa) =>
        string.Equals(visa.Type, Type, StringComparison.Ordinal) && Members.All(member => visa.Field(member.Name) is { } text && IsMet(member.Kind, member.Wanted, text));

    private static bool IsMet(string kind, string wanted, string text) => kind switch
    {
        "const" => string.Equals(wanted, text, StringComparison.Ordinal),
        "pattern" => Matches(wanted, text),
        _ => Array.Exists(text.Split(';'), part => Matches(wanted, part)),
    };

    /// <summary>The whole text against a pattern with <c>?</c> for one character and <c>*</c> for any; takes no longer than pattern times text.</summary>
    private static bool Matches(string pattern, string text)
    {
        var (p, t, star, mark) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, t);
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                (p, t) = (star + 1, ++mark);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).Trim('*').IsEmpty;
    }
}
