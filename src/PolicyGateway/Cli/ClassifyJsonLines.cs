using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary>
/// Scores lines of JSON side by side and writes the results in the order of the lines. At most <c>2 x lanes</c> lines are
/// under way at once, so that every lane finds the next text waiting and memory does not grow with the input.
/// </summary>
internal sealed class ClassifyJsonLines(
    IClassifier classifier, Func<Scores, Verdict> judge, int lanes, ClassifyProgress progress)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Returns how many lines have no verdict: those that could not be read, and those that could not be scored.</summary>
    public async Task<long> RunAsync(TextReader input, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = Channel.CreateBounded<Task<ClassifiedLine>>(new BoundedChannelOptions(2 * lanes) { SingleReader = true, SingleWriter = true });
        var reading = ReadAsync(input, errors, underWay.Writer, stop.Token);
        try
        {
            return await WriteAsync(output, underWay.Reader, cancellationToken);
        }
        finally
        {
            // A writer that fails (the pipe's other end went away) must not leave the reader waiting for room.
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<long> WriteAsync(TextWriter output, ChannelReader<Task<ClassifiedLine>> underWay, CancellationToken cancellationToken)
    {
        long without = 0;
        await foreach (var task in underWay.ReadAllAsync(cancellationToken))
        {
            var line = await task;
            without += line.Error is null ? 0 : 1;
            await output.WriteLineAsync(JsonSerializer.Serialize(line, Json).AsMemory(), cancellationToken);
            progress.Done();
            if (!underWay.TryPeek(out var next) || !next.IsCompleted)
            {
                // Flushed whenever there is nothing more to write at once: a slow producer sees its answers.
                await output.FlushAsync(cancellationToken);
            }
        }

        await output.FlushAsync(cancellationToken);
        return without;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Handed to the reader of the channel, which throws it.")]
    private async Task ReadAsync(TextReader input, TextWriter errors, ChannelWriter<Task<ClassifiedLine>> underWay, CancellationToken cancellationToken)
    {
        Exception? fault = null;
        try
        {
            for (long number = 1; await input.ReadLineAsync(cancellationToken) is { } text; number++)
            {
                if (string.IsNullOrWhiteSpace(text))
                {
                    continue;
                }

                var line = ClassifyLine.Read(text, out var id, out var wrong);
                if (line is null)
                {
                    await errors.WriteLineAsync($"Line {number} {wrong}.");
                    await underWay.WriteAsync(Task.FromResult(new ClassifiedLine { Id = id, Error = $"Line {number} {wrong}." }), cancellationToken);
                    continue;
                }

                await underWay.WriteAsync(Task.Run(() => ScoreAsync(line, cancellationToken), cancellationToken), cancellationToken);
            }
        }
        catch (Exception e)
        {
            fault = e;
        }

        underWay.Complete(fault);
    }

    private async Task<ClassifiedLine> ScoreAsync(ClassifyLine line, CancellationToken cancellationToken)
    {
        var input = new ClassifierInput(line.Kind, line.Text.AsMemory(), line.Prompt.AsMemory());
        return Describe(line.Id, classifier.Profile, await classifier.ClassifyAsync(input, cancellationToken), judge);
    }

    public static ClassifiedLine Describe(JsonElement? id, ClassifierProfile profile, Scores scores, Func<Scores, Verdict> judge)
    {
        if (scores.IsUnknown)
        {
            return new ClassifiedLine
            {
                Id = id,
                Severity = "unknown",
                Flagged = true,
                Categories = new Dictionary<string, float>(),
                Stage = scores.Stage,
                Model = scores.Model,
                Error = $"No verdict: {scores.UnknownReason}.",
            };
        }

        var verdict = judge(scores);
        return new ClassifiedLine
        {
            Id = id,
            Severity = verdict.Severity.Name(),
            Flagged = verdict.Severity != Severity.Benign,
            Categories = CategoriesOf(profile, scores),
            Stage = scores.Stage,
            Model = scores.Model,
        };
    }

    /// <summary>The heads that are categories; <c>flagged</c> and <c>prohibited</c> speak through the severity.</summary>
    private static Dictionary<string, float> CategoriesOf(ClassifierProfile profile, Scores scores)
    {
        var categories = new Dictionary<string, float>(profile.Heads.Length);
        for (var i = 0; i < profile.Heads.Length; i++)
        {
            if (profile.Heads[i] is not ("flagged" or "prohibited"))
            {
                categories[profile.Heads[i]] = scores.Probabilities[i];
            }
        }

        return categories;
    }
}
