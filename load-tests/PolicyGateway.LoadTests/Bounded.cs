using System.CommandLine;

namespace PolicyGateway.LoadTests;

/// <summary>Options that all commands write alike: numbers with a range, and limits.</summary>
internal static class Bounded
{
    public static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}, default {value}.", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var given) && (given < least || given > most))
            {
                result.AddError($"{name} must be from {least} to {most}.");
            }
        });
        return option;
    }

    public static Option<double> Limit(string name, string description, double value) =>
        new(name) { Description = FormattableString.Invariant($"{description} Default {value}."), DefaultValueFactory = _ => value };

    public static Option<string?> Output() =>
        new("--output") { Description = "Report in which the card is replaced. Default: docs/benchmarks.md, with --quick none." };

    /// <summary>Whether an option was left to its default.</summary>
    public static bool IsImplicit(this ParseResult parsed, Option option) => parsed.GetResult(option)?.Implicit ?? true;
}
