using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Fuzzing;

/// <summary>One reader of what comes from outside, and what must hold of it whatever comes.</summary>
/// <param name="dialect">Whose reader it is.</param>
/// <param name="framing">How an answer is cut; null for requests.</param>
internal sealed class FuzzTarget(IDialect dialect, Framing? framing)
{
    private static readonly RequestLimits Limits = new(MaxJsonDepth: 64, MaxChoices: 8);

    private readonly RequestHead _head = new(dialect.RequestFields.Root.Find("model") is { IsRequired: true } ? null : "m");

    public string Name { get; } = $"{dialect.Name} {(framing is null ? "request" : framing.ToString())}";

    /// <summary>The file of an ordinary input in the dialect's folder of fixtures.</summary>
    public string Fixture { get; } = framing switch
    {
        null => "request.json",
        Framing.Json => "answer.json",
        Framing.JsonArray => "stream-array.txt",
        _ => "stream.txt",
    };

    public string Dialect => dialect.Name;

    public static IEnumerable<FuzzTarget> All()
    {
        foreach (var dialect in new DialectTable().Routes.Select(static route => route.Dialect).DistinctBy(static dialect => dialect.Name))
        {
            yield return new FuzzTarget(dialect, null);
            foreach (var framing in Enum.GetValues<Framing>())
            {
                yield return new FuzzTarget(dialect, framing);
            }
        }
    }

    /// <summary>Reads an input in every way that it may come.</summary>
    /// <param name="input">Anything.</param>
    /// <param name="random">Where an answer is cut.</param>
    /// <param name="fault">What should not have happened; null where nothing did.</param>
    /// <returns>What kind of reading it was: inputs with the same are alike.</returns>
    public string Read(byte[] input, Random random, out string? fault)
    {
        try
        {
            return framing is null ? ReadRequest(input, out fault) : ReadAnswer(input, framing.Value, random, out fault);
        }
        catch (Exception exception)
        {
            fault = exception.ToString();
            return exception.GetType().Name;
        }
    }

    private string ReadRequest(byte[] input, out string? fault)
    {
        var reading = dialect.ReadPrompt(_head, input, Limits);
        fault = (reading.Prompt, reading.Error) switch
        {
            (null, null) => "It is neither a prompt nor an error.",
            ({ } prompt, null) when !prompt.HasUnclassified && Marker.IsIn(input) && !Marker.IsIn(prompt.Texts) => "The marker was forwarded and not read.",
            ({ } prompt, null) when !prompt.Body.Span.SequenceEqual(input) && dialect.UsageOption is null && dialect.TokenCaps.Count == 0 => "What would be forwarded is not what was read.",
            _ => null,
        };
        return reading.Error is { } error
            ? $"{error.Code} {error.Message}"
            : $"{reading.Prompt!.HasUnclassified} {reading.Prompt.Framing} {reading.Prompt.Texts.Count > 1}";
    }

    private string ReadAnswer(byte[] input, Framing how, Random random, out string? fault)
    {
        var whole = dialect.Read(input, how);
        var completion = whole.Finish();
        var cut = ReadInPieces(input, how, random);
        var other = cut.Finish();
        fault = (completion.Fault, other.Fault) switch
        {
            var (one, two) when one != two => $"Whole it is faulty ({one}), in pieces ({two}).",
            (null, _) when !completion.Texts.SequenceEqual(other.Texts) => "In pieces it is another text.",
            (null, _) when (whole.HasUnknown, completion.HasUnclassified, whole.Tail, whole.Usage) != (cut.HasUnknown, other.HasUnclassified, cut.Tail, cut.Usage) => "In pieces it is another answer.",
            (null, _) when !completion.HasUnclassified && Marker.IsIn(input) && !Marker.IsIn(completion.Texts) => "The marker was not read.",
            _ => null,
        };
        return $"{completion.Fault} {whole.HasUnknown} {completion.HasUnclassified} {completion.Texts.Count > 1} {whole.Usage is null}";
    }

    private AnswerReader ReadInPieces(byte[] input, Framing how, Random random)
    {
        var (reader, frames, start, end) = (dialect.CreateReader(how), new FrameSplitter(how), 0, 0);
        while (end < input.Length)
        {
            end += random.Next(1, 1 + Math.Min(input.Length - end, random.Next(2) == 0 ? 3 : 400));
            for (int length; (length = frames.Next(input.AsSpan(start..end))) > 0; start += length)
            {
                reader.Read(input.AsMemory(start, length));
            }
        }

        if (start < input.Length || how == Framing.Json)
        {
            reader.Read(input.AsMemory(start));
        }

        return reader;
    }
}
