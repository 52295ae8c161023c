using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PolicyGateway.Cli;

/// <summary>JSON for a terminal: readable, and without anything in its texts that a terminal or a reader may obey.</summary>
internal static class PlainJson
{
    // Of what may steer a terminal this encoder escapes control characters and separators of lines, and lets format characters
    // through: those that turn text around or cannot be seen.
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions ManyLines = new(OneLine) { WriteIndented = true };

    public static string Line(JsonNode json) => Escaped(json.ToJsonString(OneLine));

    public static string Indented(JsonNode json) => Escaped(json.ToJsonString(ManyLines));

    /// <summary>Outside its texts JSON has none of these, so an escape is right wherever one stands.</summary>
    private static string Escaped(string json)
    {
        if (!json.Any(IsFormat))
        {
            return json;
        }

        var escaped = new StringBuilder(json.Length + 16);
        foreach (var c in json)
        {
            _ = IsFormat(c) ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : escaped.Append(c);
        }

        return escaped.ToString();
    }

    private static bool IsFormat(char c) => char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
