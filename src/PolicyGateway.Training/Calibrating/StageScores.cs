using System.Collections.Concurrent;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Onnx;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Calibrating;

/// <summary>What both stages say of a row: the second's logits and the first's probabilities, in the order of the heads.</summary>
internal sealed record StageScores(Row Row, float[] Encoder, float[] Ngram);

/// <summary>Scores rows with both stages. Each row is written to a file, so that a run that was stopped goes on where it was.</summary>
internal sealed class StageScorer(EncoderBundleParts encoder, string firstStage, string cacheFile)
{
    private const int SaveEvery = 500;

    public IReadOnlyList<StageScores> Score(IReadOnlyList<Row> rows, Action<string> progress)
    {
        var known = ReadCache();
        var missing = rows.Where(row => !known.ContainsKey(row.Id)).ToArray();
        var first = NgramBundle.Load(firstStage);
        using var ngramSession = new NgramSession(first.Model);
        using var encoderSession = new EncoderSession(encoder.Model);
        using var cache = new BinaryWriter(File.Open(cacheFile, FileMode.Append));
        var done = 0;
        Parallel.ForEach(
            Partitioner.Create(missing, loadBalance: true),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => (Ngram: new NgramLane(first, ngramSession), Encoder: new EncoderLane(encoder.Pieces, encoder.Spec, encoderSession)),
            (row, _, lanes) =>
            {
                var scores = ScoreRow(row, lanes.Ngram, lanes.Encoder);
                lock (cache)
                {
                    known[row.Id] = (scores.Encoder, scores.Ngram);
                    Write(cache, row.Id, scores);
                    if (++done % SaveEvery == 0)
                    {
                        cache.Flush();
                        progress($"scored {done:N0} of {missing.Length:N0} rows");
                    }
                }

                return lanes;
            },
            static lanes =>
            {
                lanes.Ngram.Dispose();
                lanes.Encoder.Dispose();
            });
        return [.. rows.Select(row => new StageScores(row, known[row.Id].Encoder, known[row.Id].Ngram))];
    }

    private static StageScores ScoreRow(Row row, NgramLane ngram, EncoderLane encoder)
    {
        var scores = new StageScores(row, new float[LabelMap.HeadCount], new float[LabelMap.HeadCount]);
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMinutes(10));
        var reason = ngram.Score(row.Kind, row.Text, scores.Ngram, deadline, out _);
        if (reason == UnknownReason.None)
        {
            reason = encoder.Score(new ClassifierInput(row.Kind, row.Text.AsMemory(), row.Prompt.AsMemory()), scores.Encoder, deadline, out _);
        }

        return reason == UnknownReason.None ? scores : throw new InvalidOperationException($"The row {row.Id} cannot be scored: {reason}.");
    }

    private Dictionary<string, (float[] Encoder, float[] Ngram)> ReadCache()
    {
        var known = new Dictionary<string, (float[], float[])>();
        if (!File.Exists(cacheFile))
        {
            return known;
        }

        using var file = File.Open(cacheFile, FileMode.Open, FileAccess.ReadWrite);
        using var reader = new BinaryReader(file);
        var whole = 0L;
        try
        {
            while (whole < file.Length)
            {
                known[reader.ReadString()] = (Read(reader), Read(reader));
                whole = file.Position;
            }
        }
        catch (EndOfStreamException)
        {
            // The run was stopped in the middle of a row.
            file.SetLength(whole);
        }

        return known;
    }

    private static void Write(BinaryWriter to, string id, StageScores scores)
    {
        to.Write(id);
        foreach (var value in scores.Encoder.Concat(scores.Ngram))
        {
            to.Write(value);
        }
    }

    private static float[] Read(BinaryReader from) => [.. Enumerable.Range(0, LabelMap.HeadCount).Select(_ => from.ReadSingle())];
}

/// <summary>A model before it is a bundle.</summary>
internal sealed record EncoderBundleParts(byte[] Model, PieceTable Pieces, EncoderSpec Spec);
