using System.CommandLine;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Hosting;
using PolicyGateway.State;

namespace PolicyGateway.Cli.Access;

/// <summary><c>appeals export</c>: the classifier's mistakes, as people found them, for whoever measures or trains one.</summary>
internal static class AppealsCommand
{
    private const int Unusable = 2;

    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "The data folder. Default: Gateway:DataDirectory of the configuration, else 'data'.", HelpName = "DIR" };
        var key = new Option<string?>("--evidence-key") { Description = "Open sealed texts with this key (Audit:SealedEvidence:KeyFile). Without it rows have no text.", HelpName = "FILE" };
        var file = new Option<string?>("--output") { Description = "A new file for the rows, which only you can read. Default: standard output.", HelpName = "FILE" };
        var export = new Command("export", "Write each refusal that an appeal found to be the classifier's mistake as a labelled row, one JSON object a line; 'evaluate' reads those with a text. Works beside a running gateway. Exit code: 0 written, 2 not.") { data, key, file };
        export.SetAction(async (parsed, cancellationToken) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            try
            {
                return await ExportAsync(parsed.GetValue(data), parsed.GetValue(key), parsed.GetValue(file), output, error, cancellationToken);
            }
            catch (Exception fault) when (fault is AuditUnavailableException or StateUnavailableException or SqliteException or IOException or UnauthorizedAccessException)
            {
                await error.WriteLineAsync($"appeals export: {fault.Message}");
                return Unusable;
            }
        });
        return new Command("appeals", "Appeals against refusals, from the data folder.") { export };
    }

    private static async Task<int> ExportAsync(string? data, string? key, string? file, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var configuration = GatewayHost.CreateBuilder(new GatewayHostSettings(
            Overrides: data is null ? null : new Dictionary<string, string?> { ["Gateway:DataDirectory"] = Path.GetFullPath(data) })).Configuration;
        var (state, audit) = (configuration.ReadStateOptions(), configuration.ReadAuditOptions());
        if (!File.Exists(audit.File))
        {
            throw new AuditUnavailableException($"There is no audit log at '{audit.File}'.");
        }

        var seal = key is null ? null : EvidenceSeal.Load(key);
        using var store = SqliteStateStore.OpenToRead(state, TimeProvider.System);
        await using var rows = file is null ? null : new StreamWriter(PrivateFile.Open(Path.GetFullPath(file), FileMode.CreateNew));
        var (written, without) = (0, 0);
        await foreach (var row in LabelledMistakes.ReadAsync(store, audit.File, seal, cancellationToken))
        {
            await (rows ?? output).WriteLineAsync(row.Json.ToJsonString(JsonSerializerOptions.Default));
            written++;
            without += row.HasText ? 0 : 1;
        }

        await error.WriteLineAsync($"{written} mistakes, {without} of them without a text{(without == 0 ? "." : key is null ? ": --evidence-key opens those that were sealed." : ": it was not sealed, or with another key, or erased.")}");
        return 0;
    }
}
