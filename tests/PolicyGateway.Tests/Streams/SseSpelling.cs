using System.Text;
using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>Server-sent events in every form that the standard allows.</summary>
internal static class SseSpelling
{
    /// <summary>A field that no event has, which clients read in different ways.</summary>
    public static readonly byte[] Broken = "vendor: x\n\n"u8.ToArray();

    /// <summary>The same with the document's type for the event's name, as protocols have it that have types.</summary>
    public static byte[] TypedFrame(string json, Random random, bool isFirst)
    {
        if (json.StartsWith(':') || random.Next(8) == 0)
        {
            return Frame(json, random, isFirst);
        }

        using var document = JsonDocument.Parse(json);
        return Frame(json, random, isFirst, document.RootElement.TryGetProperty("type", out var type) ? type.GetString() : null);
    }

    /// <summary>A document as an event, or a line that begins with a colon as a comment.</summary>
    public static byte[] Frame(string json, Random random, bool isFirst, string? type = null)
    {
        var end = random.Next(6) switch { 0 => "\r\n", 1 => "\r", _ => "\n" };
        var frame = new StringBuilder(isFirst && random.Next(10) == 0 ? "\uFEFF" : "");
        if (json.StartsWith(':'))
        {
            return Encoding.UTF8.GetBytes(frame.Append(json).Append(end).Append(end).ToString());
        }

        if (random.Next(12) == 0)
        {
            frame.Append(": a comment").Append(end);
        }

        if (type is not null)
        {
            frame.Append("event: ").Append(type).Append(end);
        }

        // White space between two tokens may be a line's end, which data then spans.
        var cut = random.Next(8) == 0 ? json.IndexOf("\",\"", StringComparison.Ordinal) : -1;
        foreach (var line in cut < 0 ? [json] : new[] { json[..(cut + 2)], json[(cut + 2)..] })
        {
            frame.Append(random.Next(4) == 0 ? "data:" : "data: ").Append(line).Append(end);
        }

        return Encoding.UTF8.GetBytes(frame.Append(end).ToString());
    }
}
