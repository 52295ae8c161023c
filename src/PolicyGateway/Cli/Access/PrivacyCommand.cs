using System.CommandLine;
using System.Text.Json.Nodes;

namespace PolicyGateway.Cli.Access;

/// <summary><c>privacy export</c> and <c>privacy erase</c>: what a running gateway has of one person.</summary>
internal static class PrivacyCommand
{
    public static Command Create() => new("privacy", "What the gateway has of one person: hand it out, or erase it. Needs an administrator.") { Export(), Erase() };

    private static Command Export()
    {
        var (issuer, subject) = (Issuer(), Subject());
        var after = new Option<string?>("--after") { Description = "Decisions behind this one: 'next' of the export before.", HelpName = "ID" };
        return ApiCall.OfManagement().On(
            new Command("export", "Print all that is kept of a person as JSON; that you looked is recorded.") { issuer, subject, after },
            parsed => (HttpMethod.Post, "/admin/privacy/export", new JsonObject
            {
                ["issuer"] = parsed.GetRequiredValue(issuer),
                ["subject"] = parsed.GetRequiredValue(subject),
                ["after"] = parsed.GetValue(after),
            }));
    }

    private static Command Erase()
    {
        var (issuer, subject) = (Issuer(), Subject());
        var reason = new Option<string>("--reason") { Description = "Why; it stands in the audit, so name nobody in it.", Required = true };
        return ApiCall.OfManagement().On(
            new Command("erase", "Erase a person from the store, the audit and every session. What is erased cannot be brought back.") { issuer, subject, reason },
            parsed => (HttpMethod.Post, "/admin/privacy/erase", new JsonObject
            {
                ["issuer"] = parsed.GetRequiredValue(issuer),
                ["subject"] = parsed.GetRequiredValue(subject),
                ["reason"] = parsed.GetRequiredValue(reason),
            }));
    }

    private static Option<string> Issuer() => new("--issuer") { Description = "The issuer that names the person.", Required = true };

    private static Option<string> Subject() => new("--subject") { Description = "The person: the token's subject (sub), exactly.", Required = true };
}
