using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Commands;

/// <summary>
/// <c>tokens</c>: labelled rows as the ids that the gateway itself would give an encoder, for <c>training/</c> to learn from:
/// what is trained on is what is served. No text is written.
/// </summary>
internal static class TokensCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var command = new Command("tokens", "Write the data as token ids: rows.jsonl (labels and lengths) and tokens.bin (int32, little-endian).");
        var data = Shared.Data();
        var extra = Shared.Extra();
        var tokenizer = new Option<FileInfo>("--tokenizer") { Description = "The encoder's tokenizer.json.", Required = true };
        var output = new Option<DirectoryInfo>("--out") { Description = "The folder to write.", Required = true };
        var most = new Option<int>("--most") { Description = "Tokens of a text, at most.", DefaultValueFactory = _ => 1024 };
        var context = new Option<int>("--context") { Description = "Tokens of the end of a completion's prompt, at most.", DefaultValueFactory = _ => 64 };
        foreach (var option in new Option[] { data, extra, tokenizer, output, most, context })
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            var corpus = Corpus.Load(result.GetRequiredValue(data).FullName, result.GetValue(extra)?.FullName);
            var pieces = PieceTable.Read(File.ReadAllBytes(result.GetRequiredValue(tokenizer).FullName));
            Write(corpus, new PieceTokenizer(pieces), result.GetRequiredValue(output).FullName, result.GetValue(most), result.GetValue(context));
        });
        return command;
    }

    private static void Write(Corpus corpus, PieceTokenizer tokenizer, string directory, int most, int context)
    {
        Directory.CreateDirectory(directory);
        using var rows = new StreamWriter(Path.Combine(directory, "rows.jsonl"));
        using var tokens = File.Create(Path.Combine(directory, "tokens.bin"));
        var seed = 0;
        foreach (var row in corpus.Train.Concat(corpus.Development))
        {
            var prompt = new List<int>();
            if (row.Kind == TextKind.Completion)
            {
                tokenizer.Encode(row.Prompt, prompt);
                prompt.RemoveRange(0, Math.Max(0, prompt.Count - context));
            }

            var text = Encode(tokenizer, row.Text, most);

            // Only what may be trained on is respelt: for the rest nobody would read it.
            var respelt = !row.HeldOut && Corpus.Admits(RowFilter.Permissive, row) ? Encode(tokenizer, Respelling.Of(row.Text, seed), most) : [];
            foreach (var ids in new[] { prompt, text, respelt })
            {
                tokens.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(ids)));
            }

            rows.WriteLine(JsonSerializer.Serialize(
                new
                {
                    row.Id,
                    row.Source,
                    Lang = row.Language,
                    Completion = row.Kind == TextKind.Completion,
                    Trainable = !row.HeldOut && Corpus.Admits(RowFilter.Permissive, row),
                    row.Permissive,
                    row.HeldOut,
                    row.Pair,
                    Fold = corpus.SourceFold(row),
                    Heads = Enumerable.Range(0, LabelMap.HeadCount).Where(row.IsTrue),
                    Prompt = prompt.Count,
                    Text = text.Count,
                    Respelt = respelt.Count,
                },
                Json));
            if (++seed % 10_000 == 0)
            {
                Shared.Progress($"{seed:N0} rows");
            }
        }
    }

    private static List<int> Encode(PieceTokenizer tokenizer, string text, int most)
    {
        var ids = new List<int>();
        tokenizer.Encode(text, ids, most);
        ids.RemoveRange(Math.Min(most, ids.Count), Math.Max(0, ids.Count - most));
        return ids;
    }
}
