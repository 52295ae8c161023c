using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>One parameter of a query: what it takes, for whoever reads it and for its description.</summary>
/// <param name="Name">To the letter.</param>
/// <param name="Says">What it takes, in words.</param>
/// <param name="Takes">Whether it takes a text of 1 to <see cref="Longest"/> characters, none of them a control character.</param>
internal sealed record QueryParameter(string Name, string Says, Func<string, bool> Takes)
{
    public const int Longest = 300;

    private static readonly string[] TimeFormats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public bool IsRequired { get; init; }

    /// <summary>The same as a schema.</summary>
    public Func<OpenApiSchema> Schema { get; init; } = static () => new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = Longest };

    /// <summary>How long a page is at most.</summary>
    public static readonly QueryParameter Limit = new("limit", $"a number from 1 to {AccessApi.LongestPage}", static text => NumberOf(text) is >= 1 and <= AccessApi.LongestPage)
    {
        Schema = static () => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{AccessApi.LongestPage}", Default = AccessApi.UsualPage },
    };

    /// <summary>The issuer of a person or of an organisation.</summary>
    public static readonly QueryParameter Issuer = Text("issuer");

    public static readonly QueryParameter Subject = Text("subject");

    public static readonly QueryParameter Organisation = Text("organisation");

    /// <summary>Where a page begins: behind the id of its kind that the page before names.</summary>
    public static QueryParameter After(string prefix) => Id("after", prefix) with { Says = "the 'next' of the page before" };

    /// <summary>An id of one kind.</summary>
    public static QueryParameter Id(string name, string prefix) => new(name, $"an id such as {prefix}_0123456789abcdef01234567", text => StateId.IsOne(prefix, text));

    public static QueryParameter Text(string name) => new(name, $"1 to {Longest} characters", static _ => true);

    /// <summary>ISO 8601, in UTC where it does not say otherwise.</summary>
    public static QueryParameter Time(string name) => new(name, "a time such as 2031-05-01T12:00:00Z", static text => TimeOf(text) is not null);

    public static QueryParameter Word(string name, params IReadOnlyList<string> words) => new(name, $"one of {string.Join(", ", words)}", text => words.Contains(text))
    {
        Schema = () => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. words.Select(static word => (JsonNode)word)] },
    };

    public static QueryParameter Word<T>(string name)
        where T : struct, Enum => Word(name, [.. Enum.GetNames<T>().Select(static word => word.ToLowerInvariant())]);

    /// <summary>A time as <see cref="Time"/> takes it; null where it is none.</summary>
    public static DateTimeOffset? TimeOf(string? text) =>
        DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>A number of digits alone; null where it is none.</summary>
    public static int? NumberOf(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>
/// The query that an endpoint takes. What is misspelled, doubled, too long or of another form is refused and never left out: a list
/// without its filter would look like an answer.
/// </summary>
internal sealed record TakenQuery(ImmutableArray<QueryParameter> Parameters)
{
    public static readonly TakenQuery None = new([]);

    public bool IsPaged => Parameters.Contains(QueryParameter.Limit);

    /// <summary>What the endpoint of a request takes; nothing, where it does not say.</summary>
    public static TakenQuery Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<TakenQuery>() ?? None;

    /// <summary>What is wrong with a query, by the name of the parameter; null where nothing is.</summary>
    public AccessFault? Check(IQueryCollection query)
    {
        foreach (var (name, values) in query)
        {
            if (Parameters.FirstOrDefault(parameter => parameter.Name == name) is not { } parameter)
            {
                return AccessFault.BadQuery($"{Plain(name)} is no parameter of this query, which takes {(Parameters.IsEmpty ? "none" : string.Join(", ", Parameters.Select(static known => known.Name)))}.");
            }

            if (values is not [{ Length: > 0 and <= QueryParameter.Longest } text] || text.Any(char.IsControl) || !parameter.Takes(text))
            {
                return AccessFault.BadQuery($"{name}: once, {parameter.Says}.");
            }
        }

        return Parameters.FirstOrDefault(parameter => parameter.IsRequired && !query.ContainsKey(parameter.Name)) is { } missing
            ? AccessFault.BadQuery($"{missing.Name} is missing: {missing.Says}.")
            : null;
    }

    /// <summary>A name is whatever the client wrote.</summary>
    private static string Plain(string name) =>
        name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? name : "What is in it";
}
