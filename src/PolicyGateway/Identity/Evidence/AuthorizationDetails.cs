using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Identity.Evidence;

/// <summary>What a token or a key leaves its caller of what is his: these categories, and what is nested in them, for this project.</summary>
/// <param name="Categories">The categories; none opens nothing that is gated.</param>
/// <param name="Project">The project, if the token is for one.</param>
internal sealed record Narrowing(ImmutableArray<string> Categories, string? Project)
{
    /// <summary>What is left by details that cannot be read: they were meant to narrow, and nobody knows to what.</summary>
    public static readonly Narrowing Nothing = new([], null);

    /// <summary>Whether it leaves a category, or one that this is nested in.</summary>
    public bool Leaves(string category)
    {
        foreach (var left in Categories)
        {
            if (category.StartsWith(left, StringComparison.Ordinal) && (category.Length == left.Length || category[left.Length] == '.'))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>
/// Reads <c>authorization_details</c> (RFC 9396) of the gateway's own type. They narrow a token and widen none; those of other types
/// are others' business.
/// </summary>
/// <param name="type">The type that is the gateway's.</param>
/// <param name="publicUrl">The gateway's address, as <c>locations</c> name it; null is in no list.</param>
internal sealed class AuthorizationDetails(string type, Uri? publicUrl)
{
    private const int MostDetails = 50;
    private const int MostEntries = 50;
    private const int LongestText = 256;

    private readonly string? _location = publicUrl?.AbsoluteUri.TrimEnd('/');

    /// <summary>Null where the token is not narrowed.</summary>
    public Narrowing? Read(JsonElement payload)
    {
        if (!payload.TryGetProperty("authorization_details", out var details))
        {
            return null;
        }

        if (details.ValueKind != JsonValueKind.Array || details.GetArrayLength() > MostDetails)
        {
            return Narrowing.Nothing;
        }

        Narrowing? narrowing = null;
        foreach (var detail in details.EnumerateArray())
        {
            if (detail.ValueKind != JsonValueKind.Object || Text(detail, "type") is not { } kind)
            {
                return Narrowing.Nothing;
            }

            if (kind != type)
            {
                continue;
            }

            // Of two projects, which one a request is for would be a guess.
            if (ReadOne(detail) is not { } one || (narrowing?.Categories.Length > 0 && one.Categories.Length > 0 && narrowing.Project != one.Project))
            {
                return Narrowing.Nothing;
            }

            narrowing = one.Categories.IsEmpty ? narrowing ?? one : one with { Categories = one.Categories.AddRange(narrowing?.Categories ?? []) };
        }

        return narrowing;
    }

    /// <summary>One detail: nothing where it is for other places; null where it cannot be read, or says something that nothing here would obey.</summary>
    private Narrowing? ReadOne(JsonElement detail)
    {
        ImmutableArray<string>? categories = null, locations = null;
        string? project = null;
        foreach (var member in detail.EnumerateObject())
        {
            switch (member.Name)
            {
                case "type":
                    break;
                case "categories" when Texts(member.Value) is { } texts:
                    categories = texts;
                    break;
                case "locations" when Texts(member.Value) is { } texts:
                    locations = texts;
                    break;
                case "project" when Text(detail, "project") is { } text:
                    project = text;
                    break;
                default:
                    return null;
            }
        }

        return categories is null ? null
            : locations is { } named && !named.Any(location => location.TrimEnd('/') == _location) ? Narrowing.Nothing
            : new Narrowing(categories.Value, project);
    }

    private static ImmutableArray<string>? Texts(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostEntries)
        {
            return null;
        }

        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var element in list.EnumerateArray())
        {
            if (Fit(element) is not { } text)
            {
                return null;
            }

            texts.Add(text);
        }

        return texts.ToImmutable();
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? Fit(value) : null;

    private static string? Fit(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= LongestText } text && !text.Any(char.IsControl) ? text : null;
}
