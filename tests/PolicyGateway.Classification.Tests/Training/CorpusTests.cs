using System.IO.Compression;
using System.Text;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Classification.Tests.Training;

/// <summary>What is trained on and what is measured on, from files as the data folder has them.</summary>
public sealed class CorpusTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("corpus").FullName;

    public CorpusTests()
    {
        Write("train.jsonl.gz", Line("a", "research", "train"));
        Write("dev.jsonl.gz", Line("b", "research", "dev"));
        Write("written.jsonl.gz", Line("c", "own", "train", "group"), Line("d", "own", "dev", "other"));
        Write("border.jsonl.gz", Line("e", "border_code", "train"), Line("f", "border_code", "dev"));
        File.WriteAllText(Path.Combine(_folder, "folds.json"), """{"folds":[["research"],[],[],[]]}""");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rows_beside_the_data_join_the_split_that_they_name()
    {
        var corpus = Corpus.Load(_folder, Path.Combine(_folder, "border.jsonl.gz"));

        Assert.Equal(["a", "c", "e"], corpus.Train.Select(row => row.Id));
        Assert.Equal(["b", "d", "f"], corpus.Development.Select(row => row.Id));
    }

    [Fact]
    public void A_source_that_no_fold_names_is_left_out_as_a_whole()
    {
        var corpus = Corpus.Load(_folder, Path.Combine(_folder, "border.jsonl.gz"));
        var border = corpus.Train.Concat(corpus.Development).Where(row => row.IsBorder).ToArray();

        Assert.Equal(2, border.Length);
        Assert.Single(border.Select(corpus.SourceFold).Distinct());
        Assert.InRange(corpus.SourceFold(border[0]), 0, Corpus.FoldCount - 1);
    }

    [Fact]
    public void Without_other_rows_the_data_is_all_there_is()
    {
        var corpus = Corpus.Load(_folder);

        Assert.Equal(["a", "c"], corpus.Train.Select(row => row.Id));
        Assert.All(corpus.Train, row => Assert.NotEqual(row.IsWritten, row.IsResearch));
    }

    private static string Line(string id, string source, string split, string? pair = null) =>
        $$"""{"id":"{{id}}","kind":"prompt","text":"A harmless sentence.","lang":"en","categories":[],"severity":"benign","source":"{{source}}","split":"{{split}}","permissive":true,"pair":{{(pair is null ? "null" : $"\"{pair}\"")}}}""";

    private void Write(string name, params string[] lines)
    {
        using var file = new GZipStream(File.Create(Path.Combine(_folder, name)), CompressionLevel.Fastest);
        file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
    }
}
