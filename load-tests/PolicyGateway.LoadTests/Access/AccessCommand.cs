using System.CommandLine;
using PolicyGateway.LoadTests.Reporting;

namespace PolicyGateway.LoadTests.Access;

/// <summary><c>access</c>: what it takes to know who may see what, with very many grants, and how fast somebody is cut off.</summary>
internal static class AccessCommand
{
    public const string Name = "access";

    private static readonly AccessSettings Quick = new()
    {
        Grants = 10_000,
        People = 1_000,
        Records = 1_000,
        Lookups = 2_000,
        Looks = 5,
        Revocations = 10,
        Checks = 200,
        Output = null,
        HasLimits = false,
    };

    public static Command Create()
    {
        var defaults = new AccessSettings();
        var quick = new Option<bool>("--quick") { Description = "A small store and few of everything, no report and no limits on time: a smoke test, not a figure." };
        var grants = Bounded.Number("--grants", "Grants in the store.", defaults.Grants, 1_000, 10_000_000);
        var people = Bounded.Number("--people", "People who have them.", defaults.People, 100, 1_000_000);
        var records = Bounded.Number("--records", "Records in the audit.", defaults.Records, 0, 1_000_000);
        var revocations = Bounded.Number("--revocations", "Streams that are revoked.", defaults.Revocations, 1, 10_000);
        var output = Bounded.Output();
        var command = new Command(Name, "Look up grants among very many, see pages, check statuses, and cut off streams by revocation.") { quick, grants, people, records, revocations, output };
        command.SetAction((parsed, cancellationToken) =>
        {
            var usual = parsed.GetValue(quick) ? Quick : defaults;
            int Of(Option<int> option, int otherwise) => parsed.IsImplicit(option) ? otherwise : parsed.GetValue(option);
            var settings = usual with
            {
                Grants = Of(grants, usual.Grants),
                People = Of(people, usual.People),
                Records = Of(records, usual.Records),
                Revocations = Of(revocations, usual.Revocations),
                Output = parsed.GetValue(output) ?? usual.Output,
                Arguments = string.Join(' ', parsed.Tokens.Select(token => token.Value)),
            };
            return Card.PublishAsync(
                async stop => AccessCard.Of(await AccessRunner.RunAsync(settings, stop), settings), settings.Output, cancellationToken);
        });
        return command;
    }
}
