using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PolicyGateway.Identity;

namespace PolicyGateway.Cli;

/// <summary><c>token</c>: prints a development token, and nothing else, on standard output.</summary>
internal static class TokenCommand
{
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(7);

    public static Command Create()
    {
        var tier = new Option<string>("--tier") { Description = "Tier that the token asserts.", DefaultValueFactory = _ => TierLadder.Default.Lowest.Name };
        var credentials = new Option<string[]>("--credential") { Description = "Credential that the token asserts; may be repeated.", DefaultValueFactory = _ => [] };
        var lifetime = new Option<TimeSpan>("--lifetime") { Description = "How long it lives: 90s, 30m, 8h or 7d at most.", DefaultValueFactory = _ => TimeSpan.FromHours(1), CustomParser = ParseLifetime };
        var subject = new Option<string>("--subject") { Description = "Whom it names.", DefaultValueFactory = _ => "developer" };
        var roles = new Option<string[]>("--role") { Description = "Role in the gateway that it asserts: auditor, operator, approver, administrator, steward, responder; may be repeated.", DefaultValueFactory = _ => [] };
        var tenant = new Option<string?>("--tenant") { Description = "Tenant that it asserts." };
        var organisation = new Option<string?>("--organisation") { Description = "Organisation that it asserts." };
        var acr = new Option<string?>("--acr") { Description = "Authentication context that it asserts, such as phr." };
        var audience = new Option<string>("--audience") { Description = "Whom it is meant for.", DefaultValueFactory = _ => DevelopmentIssuer.DefaultAudience };
        var data = new Option<string>("--data") { Description = "Data folder that holds the development issuer's key.", DefaultValueFactory = _ => "data" };

        var command = new Command("token", "Print a token of the development issuer, whose key is made once per data folder.")
        {
            tier, credentials, lifetime, subject, roles, tenant, organisation, acr, audience, data,
        };
        roles.AcceptOnlyFromAmong("auditor", "operator", "approver", "administrator", "steward", "responder");
        command.SetAction((result, _) => CommandFault.ReportAsync(() =>
        {
            using var issuer = Open(result.GetRequiredValue(data));
            result.InvocationConfiguration.Output.WriteLine(issuer.Issue(new DevelopmentToken(result.GetRequiredValue(tier))
            {
                Credentials = result.GetRequiredValue(credentials),
                Lifetime = result.GetRequiredValue(lifetime),
                Subject = result.GetRequiredValue(subject),
                Roles = result.GetRequiredValue(roles),
                Tenant = result.GetValue(tenant),
                Organisation = result.GetValue(organisation),
                Acr = result.GetValue(acr),
                Audience = result.GetRequiredValue(audience),
            }));
            return Task.FromResult(0);
        }, result.InvocationConfiguration.Error));
        return command;
    }

    private static DevelopmentIssuer Open(string data)
    {
        try
        {
            return DevelopmentIssuer.Open(data, TimeProvider.System);
        }
        catch (InvalidDataException fault)
        {
            throw new CommandFault($"--data: {fault.Message}", fault);
        }
    }

    private static TimeSpan ParseLifetime(ArgumentResult argument)
    {
        var text = argument.Tokens is [var only] ? only.Value : "";
        var unit = text is [.., 's' or 'm' or 'h' or 'd'] ? text[^1] : ' ';
        if (int.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            var lifetime = unit switch
            {
                's' => TimeSpan.FromSeconds(count),
                'm' => TimeSpan.FromMinutes(count),
                'h' => TimeSpan.FromHours(count),
                'd' => TimeSpan.FromDays(Math.Min(count, 365)),
                _ => TimeSpan.Zero,
            };
            if (lifetime > TimeSpan.Zero && lifetime <= LongestLifetime)
            {
                return lifetime;
            }
        }

        argument.AddError("--lifetime: write a number and a unit, such as 90s, 30m, 8h or 7d (the most).");
        return TimeSpan.Zero;
    }
}
