using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects;

/// <summary>
/// Gives the model in a request its backend's name for it. Only the value of the top <c>model</c> changes; every other byte
/// stays the one that was judged.
/// </summary>
internal static class ModelName
{
    /// <summary>The deepest that <c>Gateway:MaxJsonDepth</c> lets through.</summary>
    private const int MaxDepth = 256;

    /// <param name="body">A request that was read: a JSON object with one top <c>model</c>, a string.</param>
    /// <param name="name">The new name.</param>
    /// <exception cref="InvalidOperationException">The body is no such request.</exception>
    public static ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> body, string name)
    {
        var (start, end) = Find(body.Span) ?? throw new InvalidOperationException("The body has no model.");
        var replaced = (byte[])[.. body.Span[..start], .. Encoding.UTF8.GetBytes(JsonSerializer.Serialize(name)), .. body.Span[end..]];

        // Nothing is sent that was not read as what it should be.
        using var document = StrictJson.Parse(replaced, MaxDepth, out _);
        return document is not null && document.RootElement.TryGetProperty("model", out var model) && model.ValueEquals(name)
            ? replaced
            : throw new InvalidOperationException("The model's name could not be replaced.");
    }

    /// <summary>The same where the path names the model and a body may repeat it.</summary>
    public static ReadOnlyMemory<byte> ReplaceIfThere(ReadOnlyMemory<byte> body, string name) => Find(body.Span) is null ? body : Replace(body, name);

    /// <summary>Where the value begins, its quotes included, and ends; null where there is none.</summary>
    private static (int Start, int End)? Find(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1 && json.ValueTextEquals("model"u8)
                && json.Read() && json.TokenType == JsonTokenType.String)
            {
                return ((int)json.TokenStartIndex, (int)json.BytesConsumed);
            }
        }

        return null;
    }
}
