using System.Text.Json;
using System.Text.RegularExpressions;

namespace PolicyGateway.Cli;

/// <summary>Everything that <c>validate</c> found, in the order in which it looked.</summary>
internal sealed partial class ValidateReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    private readonly List<ValidateFinding> _faults = [];
    private readonly List<ValidateFinding> _warnings = [];

    public IReadOnlyList<ValidateFinding> Faults => _faults;

    public IReadOnlyList<ValidateFinding> Warnings => _warnings;

    public bool IsValid => _faults.Count == 0;

    /// <summary>A fault whose sentence begins with the key, as those of options validators do.</summary>
    public void Fault(string sentence) => _faults.Add(Split(sentence));

    public void Fault(string key, string message) => _faults.Add(new ValidateFinding(key, message));

    public void Warn(string key, string message) => _warnings.Add(new ValidateFinding(key, message));

    public void WriteText(TextWriter output)
    {
        foreach (var fault in _faults)
        {
            output.WriteLine($"fault    {fault.Message}");
        }

        foreach (var warning in _warnings)
        {
            output.WriteLine($"warning  {warning.Message}");
        }

        output.WriteLine(IsValid
            ? $"Valid, {_warnings.Count} warning(s)."
            : $"Not valid: {_faults.Count} fault(s), {_warnings.Count} warning(s).");
    }

    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(
        new { valid = IsValid, faults = _faults, warnings = _warnings }, Json));

    private static ValidateFinding Split(string sentence)
    {
        var key = LeadingKey().Match(sentence);
        return new ValidateFinding(key.Success ? key.Value : "", sentence);
    }

    [GeneratedRegex(@"^[A-Za-z][\w.-]*(:[\w.-]+)*")]
    private static partial Regex LeadingKey();
}

/// <summary>One fault or warning. The message is a whole sentence that names the key again.</summary>
internal sealed record ValidateFinding(string Key, string Message);
