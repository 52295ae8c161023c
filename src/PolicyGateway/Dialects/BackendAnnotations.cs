using System.Text.Json;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects;

/// <summary>
/// What a backend notes of a prompt or an answer in the fields of its protocol: its filter or its policy struck, the model
/// refused. Looked for by name at any place of a frame, since a note that is found where none was meant can only make a
/// verdict stricter.
/// </summary>
internal sealed class BackendAnnotations
{
    /// <summary>The backend's own filter stopped the prompt or the answer.</summary>
    public const string ContentFilter = "content_filter";

    /// <summary>The model refused to answer.</summary>
    public const string Refusal = "refusal";

    /// <summary>The backend takes the exchange for a matter of cyber security that it does not serve.</summary>
    public const string CyberPolicy = "cyber_policy";

    /// <summary>Every annotation that may be declared; beside the three above, the categories of Azure's filter.</summary>
    public static readonly IReadOnlySet<string> Names =
        new SortedSet<string>([ContentFilter, Refusal, CyberPolicy, .. FilterFields.Names], StringComparer.Ordinal);

    private static readonly HashSet<string> None = [];

    private HashSet<string>? _found;

    /// <summary>What was found so far; grows from frame to frame.</summary>
    public IReadOnlySet<string> Found => _found ?? None;

    /// <summary>Looks through one frame, or a whole answer.</summary>
    public void Read(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    Read(property.Name, property.Value);
                    Read(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Read(item);
                }

                break;
        }
    }

    private void Read(string name, JsonElement value)
    {
        switch (name)
        {
            // How an answer ended, and why there is none: a word of the protocol.
            case "finish_reason" or "finishReason" or "native_finish_reason" or "stop_reason" or "done_reason" or "reason" or "blockReason" or "code" or "type":
                Add(value.ValueKind == JsonValueKind.String ? OfWord(value.GetString()!) : null);
                break;
            case "refusal" when !IsEmpty(value):
                Add(Refusal);
                break;
            case "blocked" when IsSet(value):
                Add(ContentFilter);
                break;
            case "content_filter_results" or "content_filter_result" when value.ValueKind == JsonValueKind.Object:
                foreach (var category in value.EnumerateObject())
                {
                    Add(FilterFields.Names.Contains(category.Name) && Struck(category.Value) ? category.Name : null);
                }

                break;
            case "content_filter_results" or "content_filter_result" when !IsEmpty(value):
                Add(ContentFilter);
                break;
        }
    }

    private static string? OfWord(string word) => word switch
    {
        // Of OpenAI, Azure's error for a prompt, Gemini's reasons.
        "content_filter" or "ResponsibleAIPolicyViolation" or "SAFETY" or "PROHIBITED_CONTENT" or "BLOCKLIST" or "SPII" or "IMAGE_SAFETY" => ContentFilter,

        // Of Anthropic, and of Responses: the type of a part, and of the frames that it arrives in.
        "refusal" or "response.refusal.delta" or "response.refusal.done" => Refusal,
        "cyber_policy" => CyberPolicy,
        _ => null,
    };

    /// <summary>
    /// Whether a filter's result for one category is more than that it looked: filtered, detected, or of at least medium
    /// severity. A word or a form that nobody knows is.
    /// </summary>
    private static bool Struck(JsonElement result) => result.ValueKind == JsonValueKind.Object
        ? (result.TryGetProperty("filtered", out var filtered) && IsSet(filtered))
            || (result.TryGetProperty("detected", out var detected) && IsSet(detected))
            || (result.TryGetProperty("severity", out var severity)
                && !(severity.ValueKind == JsonValueKind.Null || (severity.ValueKind == JsonValueKind.String && severity.GetString() is "safe" or "very_low" or "low")))
        : IsSet(result);

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };

    private static bool IsSet(JsonElement flag) => flag.ValueKind is not (JsonValueKind.False or JsonValueKind.Null);

    private void Add(string? annotation)
    {
        if (annotation is not null)
        {
            (_found ??= []).Add(annotation);
        }
    }
}
