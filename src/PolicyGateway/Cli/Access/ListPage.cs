using System.CommandLine;
using PolicyGateway.Access;

namespace PolicyGateway.Cli.Access;

/// <summary>Which page of a list is asked for.</summary>
internal sealed class ListPage
{
    private readonly Option<int?> _limit = new Option<int?>("--limit")
    {
        Description = $"So many at most, 1 to {AccessApi.LongestPage}. Default: {AccessApi.UsualPage}. Where there are more, standard error names the --after of the next page.",
        HelpName = "N",
    }.TakesNumber(AccessApi.LongestPage);

    private readonly Option<string?> _after = new("--after") { Description = "Those behind this one: the 'next' of the page before.", HelpName = "ID" };

    public Command AddTo(Command command)
    {
        command.Add(_limit);
        command.Add(_after);
        return command;
    }

    /// <summary>A path with what else its query has, and the page.</summary>
    public string Of(ParseResult parsed, string path, string query = "")
    {
        string[] all = [query, parsed.GetValue(_limit) is { } limit ? $"limit={limit}" : "", parsed.GetValue(_after) is { } after ? $"after={Uri.EscapeDataString(after)}" : ""];
        return string.Join('&', all.Where(static part => part.Length > 0)) is { Length: > 0 } asked ? $"{path}?{asked}" : path;
    }
}
