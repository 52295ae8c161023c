using System.Text.Json;

namespace PolicyGateway.Dialects.Anthropic;

/// <summary>Anthropic's list of models, on one page, and one model.</summary>
internal static class AnthropicModelList
{
    public static void Write(Utf8JsonWriter json, IEnumerable<string>? models, string? single)
    {
        if (models is null)
        {
            WriteModel(json, single!);
            return;
        }

        string[] names = [.. models];
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var name in names)
        {
            WriteModel(json, name);
        }

        json.WriteEndArray();
        json.WriteBoolean("has_more", false);
        json.WriteString("first_id", names.FirstOrDefault());
        json.WriteString("last_id", names.LastOrDefault());
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("type", "model");
        json.WriteString("id", id);
        json.WriteString("display_name", id);
        // Required by SDKs; the epoch is the protocol's word for a time that nobody knows.
        json.WriteString("created_at", "1970-01-01T00:00:00Z");
        json.WriteEndObject();
    }
}
