using System.Text;

namespace PolicyGateway.Tests.Evaluation;

public sealed class RowFilesTests : IDisposable
{
    private const string Secret = "the-text-that-is-not-to-be-seen";

    private readonly TheRows _rows = new();

    public void Dispose() => _rows.Dispose();

    [Theory]
    [InlineData("not json", "is no JSON (at byte")]
    [InlineData("[1]", "is no JSON object")]
    [InlineData("""{"text":"T","kind":"prompt","severity":"benign"}""", "\"id\"")]
    [InlineData("""{"id":[],"text":"T","kind":"prompt","severity":"benign"}""", "\"id\"")]
    [InlineData("""{"id":"x","kind":"prompt","severity":"benign"}""", "\"text\"")]
    [InlineData("""{"id":"x","text":"\ud800","kind":"prompt","severity":"benign"}""", "\"text\"")]
    [InlineData("""{"\ud800":1,"id":"x","text":"T","kind":"prompt","severity":"benign"}""", "surrogate")]
    [InlineData("""{"id":"x","text":"T","severity":"benign"}""", "\"kind\"")]
    [InlineData("""{"id":"x","text":"T","kind":"poem","severity":"benign"}""", "\"kind\"")]
    [InlineData("""{"id":"x","text":"T","kind":"prompt"}""", "\"severity\"")]
    [InlineData("""{"id":"x","text":"T","kind":"prompt","severity":"bad"}""", "\"severity\"")]
    [InlineData("""{"id":"x","text":"T","kind":"prompt","severity":7}""", "\"severity\"")]
    [InlineData("""{"id":"x","text":"T","kind":"completion","prompt":{},"severity":"benign"}""", "\"prompt\"")]
    [InlineData("""{"id":"x","text":"T","kind":"prompt","severity":"benign","categories":"cyber"}""", "\"categories\"")]
    [InlineData("""{"id":"x","text":"T","kind":"prompt","severity":"benign","categories":[1]}""", "\"categories\"")]
    [InlineData("""{"id":"x","text":"T","kind":"prompt","severity":"benign","categories":["\ud800"]}""", "\"categories\"")]
    public void A_line_that_is_no_row_is_named_by_file_and_line_and_the_others_count(string line, string says)
    {
        ArgumentNullException.ThrowIfNull(line);
        var file = _rows.File("data.jsonl", _rows.Row("a"), "", line.Replace("\"T\"", $"\"{Secret}\"", StringComparison.Ordinal), _rows.Row("b"));
        var (rows, faults) = _rows.Read(file);

        Assert.Equal(["a", "b"], rows.Select(row => row.Text));
        Assert.Equal((1, 0, 0), (faults.LeftOut, faults.Odd, faults.BadFiles));
        Assert.Contains($"{file}, line 3 ", _rows.Errors, StringComparison.Ordinal);
        Assert.Contains(says, _rows.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, _rows.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_keeps_what_it_says_of_its_text()
    {
        var (rows, _) = _rows.Read(_rows.File(
            "data.jsonl",
            """{"id":7,"text":"abc","kind":"completion","prompt":"asked","lang":"sw","severity":"dual_use","categories":["bio","cyber","bio"],"source":"s","topic":"t"}"""));
        var row = Assert.Single(rows);

        Assert.Equal(("abc", "asked", "sw", "s", 3), (row.Text, row.Prompt, row.Label.Language, row.Label.Source, row.Label.Length));
        Assert.Equal(["bio", "cyber"], row.Label.Categories.Order());
        Assert.Null(row.Label.Topic);
        Assert.True(row.Label.IsTrue("cyber") && row.Label.IsTrue("flagged") && !row.Label.IsTrue("prohibited"));
    }

    [Fact]
    public void An_unknown_category_is_told_of_and_the_row_counts()
    {
        var file = _rows.File("data.jsonl", _rows.Row("a", "dual_use", categories: ["cyber", "gardening"]));
        var (rows, faults) = _rows.Read(file);

        Assert.Equal(["cyber"], Assert.Single(rows).Label.Categories);
        Assert.Equal((0, 1), (faults.LeftOut, faults.Odd));
        Assert.Contains($"{file}, line 1 names a category that the model does not know", _rows.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_rows_with_one_id_the_first_counts_across_files()
    {
        var line = _rows.Row("a");
        var (rows, faults) = _rows.Read(_rows.File("one.jsonl", line), _rows.File("two.jsonl.gz", line, _rows.Row("b")));

        Assert.Equal(["a", "b"], rows.Select(row => row.Text));
        Assert.Equal(1, faults.LeftOut);
        Assert.Contains("two.jsonl.gz, line 1 repeats the \"id\"", _rows.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_cannot_command_a_terminal_and_is_no_longer_than_a_name()
    {
        var (rows, _) = _rows.Read(_rows.File("data.jsonl", _rows.Row("a", source: "\u001b[31mred\u202e", lang: new string('x', 500))));
        var label = Assert.Single(rows).Label;

        Assert.Equal("?[31mred?", label.Source);
        Assert.Equal(60, label.Language.Length);
    }

    [Fact]
    public void Very_many_faults_are_counted_and_not_all_said()
    {
        var (_, faults) = _rows.Read(_rows.File("data.jsonl", Enumerable.Repeat("x", 1000)));

        Assert.Equal(1000, faults.LeftOut);
        Assert.InRange(_rows.Errors.Split('\n').Length, 20, 25);
    }

    [Theory]
    [InlineData("data.jsonl")]
    [InlineData("data.jsonl.gz")]
    public void A_file_without_lines_is_said_to_be_empty(string name)
    {
        File.WriteAllBytes(_rows.PathOf(name), []);
        var (rows, faults) = _rows.Read(_rows.PathOf(name));

        Assert.Empty(rows);
        Assert.Equal(1, faults.BadFiles);
        Assert.Contains($"{name} is empty", _rows.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void A_gzip_file_that_was_cut_short_gives_its_rows_and_is_named(double share)
    {
        var whole = TheRows.Compressed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => _rows.Row($"{i * 7919}") + "\n"))));
        File.WriteAllBytes(_rows.PathOf("cut.jsonl.gz"), whole[..(int)(whole.Length * share)]);
        var (rows, faults) = _rows.Read(_rows.PathOf("cut.jsonl.gz"));

        Assert.InRange(rows.Count, 500, 2000);
        Assert.Equal(1, faults.BadFiles);
        Assert.Contains("cut.jsonl.gz breaks off after line", _rows.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_file_that_is_no_gzip_is_named()
    {
        File.WriteAllText(_rows.PathOf("text.jsonl.gz"), _rows.Row("a"));
        var (rows, faults) = _rows.Read(_rows.PathOf("text.jsonl.gz"));

        Assert.Empty(rows);
        Assert.True(faults.BadFiles > 0);
        Assert.Contains("text.jsonl.gz breaks off after line 0", _rows.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_file_of_several_members_is_whole()
    {
        byte[][] members = [.. Enumerable.Range(0, 3).Select(i => TheRows.Compressed(Encoding.UTF8.GetBytes(_rows.Row($"{i}") + "\n")))];
        File.WriteAllBytes(_rows.PathOf("joined.jsonl.gz"), [.. members.SelectMany(member => member)]);
        var (rows, faults) = _rows.Read(_rows.PathOf("joined.jsonl.gz"));

        Assert.Equal(3, rows.Count);
        Assert.Equal(0, faults.BadFiles);
    }
}
