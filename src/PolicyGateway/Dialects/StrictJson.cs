using System.Text.Json;
using System.Text.Unicode;

namespace PolicyGateway.Dialects;

/// <summary>Parses JSON that leaves no room for two readers to differ: valid UTF-8, no duplicate keys, bounded depth.</summary>
internal static class StrictJson
{
    /// <summary>The document, or null with a constant sentence that says what is wrong.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> body, int maxDepth, out string? fault)
    {
        if (!Utf8.IsValid(body.Span))
        {
            fault = "The body is not valid UTF-8.";
            return null;
        }

        try
        {
            fault = null;
            return JsonDocument.Parse(body, new JsonDocumentOptions
            {
                MaxDepth = maxDepth,
                AllowDuplicateProperties = false,
            });
        }
        catch (JsonException)
        {
            // The exception's text may quote the body, so it stays here.
            fault = "The body is not JSON that can be read in one way: check its syntax, its nesting and that no key stands twice.";
            return null;
        }
        catch (InvalidOperationException)
        {
            // A property name with an escaped lone surrogate is no string.
            fault = "The body holds text that is not valid Unicode.";
            return null;
        }
    }
}
