using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIModerations;

/// <summary>One category of a result.</summary>
/// <param name="Name">The policy's id of it.</param>
/// <param name="IsFlagged">Whether it was found.</param>
/// <param name="Score">What clients are told of its probability.</param>
internal readonly record struct ModerationCategory(string Name, bool IsFlagged, double Score);

/// <summary>Writes results as OpenAI does. Every member is there, since OpenAI's .NET client fails without one.</summary>
internal static class ModerationAnswer
{
    /// <summary>OpenAI's own names. A category goes by one as well only where its id is that name in the policy's spelling.</summary>
    private static readonly HashSet<string> WellKnown = new(StringComparer.Ordinal)
    {
        "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm", "self-harm/intent",
        "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
    };

    public static void Write(Utf8JsonWriter json, string id, string model, IEnumerable<ImmutableArray<ModerationCategory>> results)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("model", model);
        json.WriteStartArray("results");
        foreach (var result in results)
        {
            ModerationCategory[] named = [.. result, .. result.Where(static category => OpenAIName(category.Name) != category.Name && WellKnown.Contains(OpenAIName(category.Name)))
                .Select(static category => category with { Name = OpenAIName(category.Name) })];
            json.WriteStartObject();
            json.WriteBoolean("flagged", result.Any(static category => category.IsFlagged));
            WriteEach(json, "categories", named, static (json, category) => json.WriteBooleanValue(category.IsFlagged));
            WriteEach(json, "category_scores", named, static (json, category) => json.WriteNumberValue(category.Score));
            WriteEach(json, "category_applied_input_types", named, static (json, _) =>
            {
                json.WriteStartArray();
                json.WriteStringValue("text");
                json.WriteEndArray();
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string OpenAIName(string id) => id.Replace('_', '-').Replace('.', '/');

    private static void WriteEach(Utf8JsonWriter json, string member, ModerationCategory[] categories, Action<Utf8JsonWriter, ModerationCategory> write)
    {
        json.WriteStartObject(member);
        foreach (var category in categories)
        {
            json.WritePropertyName(category.Name);
            write(json, category);
        }

        json.WriteEndObject();
    }
}
