using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace PolicyGateway.Policy;

/// <summary>
/// One JSON value of a policy file with the place where it stands. The framework's document knows no lines and keeps the
/// last of two equal keys in silence; a fault here must name its key and its line.
/// </summary>
internal sealed record PolicyNode(JsonValueKind Kind, string Key, int Line)
{
    public string Text { get; init; } = "";

    public List<KeyValuePair<string, PolicyNode>> Members { get; } = [];

    public List<PolicyNode> Items { get; } = [];

    public double Number => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    public PolicyNode? Find(string name)
    {
        foreach (var (member, value) in Members)
        {
            if (string.Equals(member, name, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>
    /// Hash of what the policy says: keys sorted, numbers normalised, comments, whitespace and <c>$schema</c> left out. So
    /// a reworded comment is the same policy, and a changed word is another.
    /// </summary>
    public string ContentHash()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer);
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan))[..16];
    }

    private void Write(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var (name, value) in Members.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    if (name != PolicyKeys.Schema)
                    {
                        writer.WritePropertyName(name);
                        value.Write(writer);
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                Items.ForEach(item => item.Write(writer));
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Text);
                break;
            case JsonValueKind.Number:
                writer.WriteNumberValue(Number);
                break;
            case JsonValueKind.True:
            case JsonValueKind.False:
                writer.WriteBooleanValue(Kind == JsonValueKind.True);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
