using System.Text.RegularExpressions;

namespace PolicyGateway.Demo;

/// <summary>One completion, in the shapes of OpenAI's chat dialect: a body, or the chunks of a stream.</summary>
internal sealed partial class DemoAnswer
{
    private readonly DemoChatRequest _request;
    private readonly string[] _words;
    private readonly string _finish;
    private readonly string _id = "chatcmpl-demo-" + Guid.NewGuid().ToString("N");
    private readonly long _created;

    public DemoAnswer(DemoChatRequest request, string text, DateTimeOffset now)
    {
        var words = Words(text);
        var kept = Math.Clamp(request.MaxWords ?? words.Length, 0, words.Length);
        _request = request;
        _words = words[..kept];
        _finish = kept < words.Length ? "length" : "stop";
        _created = now.ToUnixTimeSeconds();
    }

    private bool Reasons => _request.Model == DemoModels.Reasoning;

    /// <summary>A word stands for a token here: the figure is an example, nobody is billed by it.</summary>
    private object Usage
    {
        get
        {
            var prompt = Words(_request.LastUserText).Length;
            var completion = _words.Length * _request.Choices;
            return new { prompt_tokens = prompt, completion_tokens = completion, total_tokens = prompt + completion };
        }
    }

    public object Body() => new
    {
        id = _id,
        @object = "chat.completion",
        created = _created,
        model = _request.Model,
        choices = Enumerable.Range(0, _request.Choices).Select(index => new
        {
            index,
            message = Message(),
            logprobs = (object?)null,
            finish_reason = _finish,
        }),
        usage = Usage,
    };

    /// <summary>
    /// The stream's chunks: the role, then the text of all choices in turn (the reasoning first, if there is one), then each
    /// choice's finish reason, which is null until then, then the usage if it was asked for.
    /// </summary>
    public IEnumerable<object> Chunks(int wordsPerChunk)
    {
        for (var index = 0; index < _request.Choices; index++)
        {
            yield return Chunk(index, new { role = "assistant", content = "" }, null);
        }

        foreach (var words in Reasons ? _words.Chunk(wordsPerChunk) : [])
        {
            for (var index = 0; index < _request.Choices; index++)
            {
                yield return Chunk(index, new { reasoning_content = string.Concat(words) }, null);
            }
        }

        foreach (var words in _words.Chunk(wordsPerChunk))
        {
            var content = string.Concat(words);
            for (var index = 0; index < _request.Choices; index++)
            {
                yield return Chunk(index, new { content }, null);
            }
        }

        for (var index = 0; index < _request.Choices; index++)
        {
            yield return Chunk(index, new { }, _finish);
        }

        if (_request.IncludeUsage)
        {
            yield return Frame([], Usage);
        }
    }

    private object Message()
    {
        var content = string.Concat(_words);
        return Reasons
            ? new { role = "assistant", content, reasoning_content = content, refusal = (string?)null }
            : new { role = "assistant", content, refusal = (string?)null };
    }

    private object Chunk(int index, object delta, string? finish) =>
        Frame([new { index, delta, logprobs = (object?)null, finish_reason = finish }], null);

    /// <summary>With <c>include_usage</c> every chunk carries the field, null in all but the last; without it none does.</summary>
    private object Frame(object[] choices, object? usage) => _request.IncludeUsage
        ? new { id = _id, @object = "chat.completion.chunk", created = _created, model = _request.Model, choices, usage }
        : new { id = _id, @object = "chat.completion.chunk", created = _created, model = _request.Model, choices };

    /// <summary>Each word with the white space after it, so that the pieces add up to the text.</summary>
    private static string[] Words(string text) => [.. Word().Matches(text).Select(match => match.Value)];

    [GeneratedRegex(@"\S+\s*|^\s+")]
    private static partial Regex Word();
}
