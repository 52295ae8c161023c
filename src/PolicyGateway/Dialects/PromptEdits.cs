using System.Globalization;
using System.Text.Json;

namespace PolicyGateway.Dialects;

/// <summary>
/// What a request may become on its way to the backend, and nothing else: another name for its model, a bound on what the model
/// writes, the wish that a stream tells its usage, and a name for the person who asks.
/// </summary>
internal static class PromptEdits
{
    /// <summary>Lowers every bound on tokens that is higher, and adds one where there is none.</summary>
    /// <exception cref="InvalidOperationException">A field on the way to a bound is no object.</exception>
    public static Prompt Capped(this Prompt prompt, IDialect dialect, int most)
    {
        if (dialect.TokenCaps.Count == 0)
        {
            return prompt;
        }

        using var document = JsonDocument.Parse(prompt.Body, Options);
        var json = most.ToString(CultureInfo.InvariantCulture);
        var (body, isBound) = (prompt.Body, false);
        foreach (var path in dialect.TokenCaps)
        {
            if (JsonSplice.Get(document.RootElement, path.Split('.')) is { ValueKind: not JsonValueKind.Null } value)
            {
                isBound = true;
                body = value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var given) && given >= 0 && given <= most ? body : JsonSplice.Set(body, path, json);
            }
        }

        return prompt with { Body = isBound ? body : JsonSplice.Set(body, Missing(dialect, document.RootElement), json) };
    }

    /// <summary>The bound that is added: beside its neighbours where their object is there, under whichever of its names.</summary>
    private static string Missing(IDialect dialect, JsonElement root) =>
        dialect.TokenCaps.FirstOrDefault(path => path.Contains('.', StringComparison.Ordinal)
            && JsonSplice.Get(root, path.Split('.').AsSpan()[..^1]) is { ValueKind: JsonValueKind.Object }) ?? dialect.TokenCaps[0];

    /// <summary>Asks a stream for its usage where the protocol has an option for it; what the caller did not ask for is hidden from it.</summary>
    /// <exception cref="InvalidOperationException">A field on the way to the option is no object.</exception>
    public static Prompt AskingForUsage(this Prompt prompt, IDialect dialect)
    {
        if (!prompt.IsStream || dialect.UsageOption is not { } path)
        {
            return prompt;
        }

        using var document = JsonDocument.Parse(prompt.Body, Options);
        return JsonSplice.Get(document.RootElement, path.Split('.')) is { ValueKind: JsonValueKind.True }
            ? prompt
            : prompt with { Body = JsonSplice.Set(prompt.Body, path, "true"), HidesUsage = true };
    }

    /// <summary>Takes down where the person who asks is named, and finds out whether he can be: in this body, where something may stand in the way.</summary>
    /// <exception cref="InvalidOperationException">A field on the way there is no object.</exception>
    public static Prompt NamingEndUser(this Prompt prompt, IDialect dialect)
    {
        if (dialect.EndUserField is not { } path)
        {
            return prompt;
        }

        JsonSplice.Set(prompt.Body, path, "\"\"");
        return prompt with { EndUserField = path };
    }

    /// <summary>The body as one backend gets it.</summary>
    /// <param name="prompt">What was judged.</param>
    /// <param name="upstream">The backend's name for the model.</param>
    /// <param name="endUser">Its name for the person who asks, in place of the client's; null leaves that.</param>
    public static ReadOnlyMemory<byte> BodyFor(this Prompt prompt, string upstream, string? endUser)
    {
        var body = prompt.BodyFor(upstream);
        return endUser is not null && prompt.EndUserField is { } path ? JsonSplice.Set(body, path, JsonSerializer.Serialize(endUser)) : body;
    }

    /// <summary>The body with the backend's name for the model; where the path names it, a body need not.</summary>
    private static ReadOnlyMemory<byte> BodyFor(this Prompt prompt, string upstream)
    {
        if (upstream == prompt.Model)
        {
            return prompt.Body;
        }

        if (prompt.IsModelInPath)
        {
            using var document = JsonDocument.Parse(prompt.Body, Options);
            if (!document.RootElement.TryGetProperty("model", out var model) || model.ValueKind == JsonValueKind.Null)
            {
                return prompt.Body;
            }
        }

        return JsonSplice.Set(prompt.Body, "model", JsonSerializer.Serialize(upstream));
    }

    /// <summary>The deepest that <c>Gateway:MaxJsonDepth</c> lets through.</summary>
    private static JsonDocumentOptions Options => new() { MaxDepth = 256 };
}
