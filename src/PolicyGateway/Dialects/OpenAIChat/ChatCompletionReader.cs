using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Sse;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>
/// Reads a chat completion as the client will: a JSON body or the chunks of a stream. Text is appended per choice and
/// channel, so that what was cut into chunks is one text again.
/// </summary>
internal sealed class ChatCompletionReader
{
    private const int Deepest = 64;

    /// <summary>Group of what stands in no choice.</summary>
    private const int NoChoice = -1;

    /// <summary>Group of fields that should hold no text and changed all the same.</summary>
    private const int Quiet = -2;

    private readonly TextCollector _texts = new();
    private readonly QuietFields _quiet = new();
    private readonly Dictionary<int, bool> _finished = [];

    public static Completion ReadJson(ReadOnlyMemory<byte> body)
    {
        var reader = new ChatCompletionReader();
        return reader.ReadObject(body, "message") is { } fault ? Completion.Broken(fault) : reader.Finish();
    }

    public static Completion ReadStream(ReadOnlyMemory<byte> body)
    {
        var reader = new ChatCompletionReader();
        return reader.ReadEvents(body) is { } fault ? Completion.Broken(fault) : reader.Finish();
    }

    /// <summary>Any JSON at all, every leaf of it: a backend's error.</summary>
    public static Completion ReadLeaves(ReadOnlyMemory<byte> body)
    {
        using var document = StrictJson.Parse(body, Deepest, out var fault);
        if (document is null)
        {
            return Completion.Broken(fault!);
        }

        var texts = new TextCollector();
        JsonLeaves.Scan(document.RootElement, texts, 0, "error");
        return new Completion(texts.ToTexts(), texts.HasUnclassified, null);
    }

    private Completion Finish()
    {
        _quiet.AddTo(_texts, Quiet);
        return new Completion(
            _texts.ToTexts(),
            _texts.HasUnclassified,
            _finished.Count == 0 || _finished.ContainsValue(false)
                ? "The backend's answer ended before every choice had its finish_reason."
                : null);
    }

    private string? ReadEvents(ReadOnlyMemory<byte> body)
    {
        var frames = new SseFrames(body);
        var data = new ArrayBufferWriter<byte>();
        while (frames.TryReadLine(out var line))
        {
            if (line.IsEmpty)
            {
                if (ReadData(data) is { } fault)
                {
                    return fault;
                }

                continue;
            }

            var (field, value) = SseFrames.Split(line);
            if (field.Span.SequenceEqual("data"u8))
            {
                data.Write(value.Span);
                data.Write("\n"u8);
            }
            else if (!ReadOtherLine(field, value))
            {
                return "The backend's stream holds a line that is not valid UTF-8 or no field of an event stream.";
            }
        }

        return ReadData(data);
    }

    /// <summary>Comments and other fields reach a client that reads the bytes, so they are text.</summary>
    private bool ReadOtherLine(ReadOnlyMemory<byte> field, ReadOnlyMemory<byte> value)
    {
        // Any other field is one that clients may read in different ways, and JSON in it would not be unescaped here.
        var isKnown = field.IsEmpty || field.Span.SequenceEqual("event"u8) || field.Span.SequenceEqual("id"u8) || field.Span.SequenceEqual("retry"u8);
        if (!isKnown || !System.Text.Unicode.Utf8.IsValid(value.Span))
        {
            return false;
        }

        // Run together and on a line each: a text may be cut between two comments or between two words.
        var text = System.Text.Encoding.UTF8.GetString(value.Span);
        _texts.Add(NoChoice, "sse", text);
        _texts.AddLine(NoChoice, "sse by line", text);
        return true;
    }

    private string? ReadData(ArrayBufferWriter<byte> data)
    {
        if (data.WrittenCount == 0)
        {
            return null;
        }

        var payload = data.WrittenMemory[..^1];
        // Texts are copied out of the document, so the buffer may be used again.
        var fault = payload.Span.SequenceEqual("[DONE]"u8) ? null : ReadObject(payload, "delta");
        data.ResetWrittenCount();
        return fault;
    }

    private string? ReadObject(ReadOnlyMemory<byte> json, string messageField)
    {
        using var document = StrictJson.Parse(json, Deepest, out _);
        if (document is null)
        {
            return "The backend's answer is not JSON that can be read in one way.";
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array)
        {
            return "The backend's answer is no chat completion.";
        }

        try
        {
            ScanFields(document.RootElement, NoChoice, "choices");
            var position = 0;
            foreach (var choice in choices.EnumerateArray())
            {
                if (choice.ValueKind != JsonValueKind.Object)
                {
                    return "The backend's answer has a choice that is no object.";
                }

                ReadChoice(choice, position++, messageField);
            }

            return null;
        }
        catch (InvalidOperationException)
        {
            return "The backend's answer holds text that is not valid Unicode.";
        }
    }

    private void ReadChoice(JsonElement choice, int position, string messageField)
    {
        var group = choice.TryGetProperty("index", out var index) && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out var i) && i >= 0
            ? i
            : position;
        var finished = choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String;
        _finished[group] = finished || (_finished.TryGetValue(group, out var before) && before);

        foreach (var field in choice.EnumerateObject())
        {
            if (field.Name == messageField && field.Value.ValueKind == JsonValueKind.Object)
            {
                ReadMessage(field.Value, group);
            }
            else if (field.Name == "logprobs" && field.Value.ValueKind == JsonValueKind.Object)
            {
                ChatLogprobs.Read(field.Value, _texts, _quiet, group);
            }
            else
            {
                ScanField(field, group);
            }
        }
    }

    private void ReadMessage(JsonElement message, int group)
    {
        foreach (var field in message.EnumerateObject())
        {
            switch (field.Name)
            {
                case "tool_calls" when field.Value.ValueKind == JsonValueKind.Array:
                    ReadToolCalls(field.Value, group);
                    break;
                case "audio" when field.Value.ValueKind == JsonValueKind.Object:
                    // The transcript is read, the sound cannot be.
                    _texts.MarkUnclassified();
                    ScanFields(field.Value, group, "data");
                    break;
                default:
                    ScanField(field, group);
                    break;
            }
        }
    }

    private void ReadToolCalls(JsonElement calls, int group)
    {
        var position = 0;
        foreach (var call in calls.EnumerateArray())
        {
            var index = call.ValueKind == JsonValueKind.Object && call.TryGetProperty("index", out var number)
                && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var given) ? given : position;
            position++;
            AppendLeaves(call, group, $"tool_calls[{index}]");
        }
    }

    /// <summary>Appends each leaf to a channel named by its path, so that text that arrives in pieces is one text.</summary>
    private void AppendLeaves(JsonElement element, int group, string channel)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject())
                {
                    if (!_quiet.TryTake("tool_calls", field))
                    {
                        _quiet.AddName(field.Name);
                        AppendLeaves(field.Value, group, $"{channel}.{field.Name}");
                    }
                }

                break;
            case JsonValueKind.String:
                _texts.Add(group, channel, element.GetString());
                break;
            default:
                JsonLeaves.Scan(element, _texts, group, channel);
                break;
        }
    }

    private void ScanFields(JsonElement element, int group, string except)
    {
        foreach (var field in element.EnumerateObject())
        {
            if (field.Name != except)
            {
                ScanField(field, group);
            }
        }
    }

    private void ScanField(JsonProperty field, int group)
    {
        if (_quiet.TryTake(group == NoChoice ? "answer" : "choice", field))
        {
            return;
        }

        _quiet.AddName(field.Name);
        if (field.Value.ValueKind == JsonValueKind.String)
        {
            _texts.Add(group, field.Name, field.Value.GetString());
        }
        else
        {
            JsonLeaves.Scan(field.Value, _texts, group, field.Name);
        }
    }
}
