using System.CommandLine;
using PolicyGateway.Access;

namespace PolicyGateway.Cli;

/// <summary>What an option takes, said in words where something else is typed.</summary>
internal static class OptionForm
{
    private const string ZoneForm = "a time with its zone (RFC 3339), such as 2026-11-27T08:00:00Z";

    /// <summary>Has an option take what a function reads, and say its form where that is nothing.</summary>
    public static Option<T?> Takes<T>(this Option<T?> option, string form, Func<string, T?> read)
        where T : struct
    {
        option.CustomParser = result =>
        {
            if (result.Tokens is [var only] && read(only.Value) is { } value)
            {
                return value;
            }

            result.AddError($"{option.Name}: {form}.");
            return null;
        };
        return option;
    }

    public static Option<int?> TakesNumber(this Option<int?> option, int most = int.MaxValue) => option.Takes(
        most == int.MaxValue ? "a number from 1" : $"a number from 1 to {most}",
        text => QueryParameter.NumberOf(text) is { } number && number >= 1 && number <= most ? number : null);

    /// <summary>A moment: a time that does not say its zone is a different one on every machine, and is not taken.</summary>
    public static Option<DateTimeOffset?> TakesMoment(this Option<DateTimeOffset?> option) => option.Takes(
        ZoneForm, static text => HasZone(text) ? QueryParameter.TimeOf(text) : null);

    private static bool HasZone(string text) => text.Contains('T', StringComparison.Ordinal) && text is [.., 'Z'] or [.., '+' or '-', _, _, ':', _, _];
}
