using System.Text.Json;

namespace PolicyGateway.Demo;

/// <summary>The part of a chat completion request that the demo backend heeds.</summary>
internal sealed record DemoChatRequest(
    string Model, string LastUserText, bool Stream, bool IncludeUsage, int Choices, int? MaxWords)
{
    private const int MostChoices = 128;

    /// <summary>Reads a request, or says in <paramref name="fault"/> what is wrong with it.</summary>
    public static DemoChatRequest? Read(JsonElement body, out DemoFault? fault)
    {
        fault = null;
        if (body.ValueKind != JsonValueKind.Object
            || !body.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String)
        {
            fault = new DemoFault(400, "you must provide a model parameter", "model", null);
            return null;
        }

        if (!DemoModels.Knows(model.GetString()!))
        {
            fault = new DemoFault(404, "The model does not exist; GET /v1/models lists those that do.", "model", "model_not_found");
            return null;
        }

        if (!body.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            fault = new DemoFault(400, "Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
            return null;
        }

        var choices = Number(body, "n") ?? 1;
        if (choices is < 1 or > MostChoices)
        {
            fault = new DemoFault(400, $"'n' must be from 1 to {MostChoices}.", "n", "invalid_value");
            return null;
        }

        return new DemoChatRequest(
            model.GetString()!,
            LastUser(messages),
            IsTrue(body, "stream"),
            body.TryGetProperty("stream_options", out var options) && IsTrue(options, "include_usage"),
            choices,
            Number(body, "max_completion_tokens") ?? Number(body, "max_tokens"));
    }

    private static string LastUser(JsonElement messages)
    {
        var last = "";
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind == JsonValueKind.Object
                && message.TryGetProperty("role", out var role) && role.ValueEquals("user")
                && message.TryGetProperty("content", out var content))
            {
                last = TextOf(content);
            }
        }

        return last;
    }

    private static string TextOf(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Join('\n', content.EnumerateArray()
            .Where(part => part.ValueKind == JsonValueKind.Object
                && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
            .Select(part => part.GetProperty("text").GetString())),
        _ => "",
    };

    private static bool IsTrue(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object
        && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static int? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;
}

/// <summary>An error of the demo backend, in OpenAI's shape.</summary>
internal sealed record DemoFault(int Status, string Message, string? Param, string? Code);
