using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Cli;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>
/// Scores that were worked out elsewhere: lines of <c>{"id", "scores": {head: probability}, "stage"?, "model"?}</c>. They
/// measure what no bundle holds, such as models that were each trained without the sources that they are measured on.
/// </summary>
internal sealed class GivenScores
{
    private const string Stage = "given";

    private readonly Dictionary<string, Scores> _byId = new(StringComparer.Ordinal);

    private GivenScores(string model) => Model = model;

    /// <summary>The model that the lines name; the file's name where they name none.</summary>
    public string Model { get; private set; }

    /// <param name="file">The file, gzipped where its name ends in <c>.gz</c>.</param>
    /// <param name="heads">The heads that each line must have a probability of.</param>
    /// <exception cref="CommandFault">A line is no such line; the message names it.</exception>
    public static GivenScores Read(string file, IReadOnlyList<string> heads)
    {
        var given = new GivenScores(Path.GetFileName(file));
        using var lines = new LineFile(file);
        try
        {
            while (lines.Next() is { } line)
            {
                if (!string.IsNullOrWhiteSpace(line) && given.Add(line, heads) is { } fault)
                {
                    throw new CommandFault($"--scores: {file}, line {lines.Read} {fault}.");
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new CommandFault($"--scores: {file} cannot be read after line {lines.Read}: {e.Message}", e);
        }

        return given;
    }

    /// <summary>Whether a row has scores.</summary>
    public bool Has(string id) => _byId.ContainsKey(id);

    /// <summary>A row's scores.</summary>
    /// <exception cref="KeyNotFoundException">It has none.</exception>
    public Scores Of(string id) => _byId[id];

    /// <summary>Takes a line, or says what it lacks.</summary>
    private string? Add(string line, IReadOnlyList<string> heads)
    {
        try
        {
            if (ClassifyLine.Parse(line, out var fault) is not { } root)
            {
                return fault;
            }

            if (RowReader.IdOf(root) is not { } id)
            {
                return "has no \"id\" that is a string or a number";
            }

            if (!ClassifyLine.TryText(root, "stage", out var stage) || !ClassifyLine.TryText(root, "model", out var model))
            {
                return "has a \"stage\" or a \"model\" that is no string";
            }

            if (_byId.Count > 0 && model is not null && model != Model)
            {
                return "names another \"model\" than the lines before it";
            }

            Model = model ?? Model;
            var probabilities = new float[heads.Count];
            for (var i = 0; i < heads.Count; i++)
            {
                if (!root.TryGetProperty("scores", out var scores) || !scores.TryGetProperty(heads[i], out var value)
                    || !value.TryGetSingle(out probabilities[i]) || probabilities[i] is not (>= 0 and <= 1))
                {
                    return $"has no probability of {heads[i]} in \"scores\"";
                }
            }

            return _byId.TryAdd(id, new Scores([.. probabilities], stage ?? Stage, Model, 1)) ? null : "repeats the \"id\" of a line before it";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "is no JSON of a row's scores";
        }
    }
}
