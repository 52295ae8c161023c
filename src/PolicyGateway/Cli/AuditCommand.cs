using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Cli.Access;

namespace PolicyGateway.Cli;

/// <summary>
/// <c>audit verify</c> and <c>audit show</c>, which only read and work beside a running gateway, and <c>audit erase</c>,
/// which writes and so needs the log for itself.
/// </summary>
internal static class AuditCommand
{
    private const int Intact = 0;
    private const int Broken = 1;
    private const int Unusable = 2;

    public static Command Create() => new("audit", "Check and read the audit log, and erase a person from it.") { Verify(), Show(), Erase(), Evidence() };

    private static Option<string?> DataOption() => new("--data")
    {
        Description = "The data folder. Default: Gateway:DataDirectory of the configuration, else 'data'.",
        HelpName = "DIR",
    };

    private static Option<string?> ConfigOption() => new("--config")
    {
        Description = "A configuration file that is read after appsettings.json, as for serve.",
        HelpName = "FILE",
    };

    private static Command Verify()
    {
        var (data, config) = (DataOption(), ConfigOption());
        var head = new Option<string[]>("--head")
        {
            Description = "An exported head that the log must contain: a heads file, or seq:hash. May be repeated.",
            HelpName = "FILE|SEQ:HASH",
        };
        var key = new Option<string[]>("--key")
        {
            Description = "A key (PEM, public or private) that signed heads. May be repeated. Default: the public half of Audit:SigningKeyFile.",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Write one JSON object." };
        var command = new Command("verify", "Find any altered, dropped, reordered or cut-off record, and name it. Exit code: 0 intact, 1 broken, 2 not checked.") { data, config, head, key, json };
        command.SetAction(parsed =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var keys = new Dictionary<string, VerifyingKey>(StringComparer.Ordinal);
            try
            {
                var options = OptionsOfLog(parsed.GetValue(data), parsed.GetValue(config));
                foreach (var file in parsed.GetValue(key) is { Length: > 0 } given ? given : DefaultKey(options))
                {
                    var loaded = VerifyingKey.Load(file);
                    keys[loaded.Id] = loaded;
                }

                var heads = (parsed.GetValue(head) ?? []).SelectMany(ExpectedHead.Parse).ToList();
                var hasHeadsFile = File.Exists(options.HeadsFile);
                if (hasHeadsFile)
                {
                    heads.AddRange(ExpectedHead.OfFile(options.HeadsFile));
                }
                else
                {
                    error.WriteLine($"note: no heads file at '{options.HeadsFile}'; a log set back to an earlier state is found only against an exported head (--head).");
                }

                var report = AuditVerifier.Verify(options.File, keys, heads);
                Write(report, options.File, parsed.GetValue(json), output);
                return report.Intact ? Intact : Broken;
            }
            catch (Exception fault) when (fault is AuditUnavailableException or FormatException or IOException or UnauthorizedAccessException or InvalidOperationException or InvalidDataException)
            {
                error.WriteLine($"audit verify: {fault.Message}");
                return Unusable;
            }
            finally
            {
                foreach (var loaded in keys.Values)
                {
                    loaded.Dispose();
                }
            }
        });
        return command;
    }

    private static Command Show()
    {
        var (data, config) = (DataOption(), ConfigOption());
        var decision = new Option<string?>("--decision") { Description = "Only this decision, with every field.", HelpName = "ID" };
        var since = new Option<DateTimeOffset?>("--since") { Description = "Only records written at or after this day or time, for example 2025-01-31T08:00Z; in UTC where it does not say its zone.", HelpName = "TIME" }
            .Takes("a day or a time, such as 2025-01-31T08:00Z", QueryParameter.TimeOf);
        var category = new Option<string?>("--category") { Description = "Only this category and its nested ones.", HelpName = "NAME" };
        var outcome = new Option<string?>("--outcome") { Description = "Only this outcome: released, refused, aborted, upstream_failed, pending." };
        outcome.AcceptOnlyFromAmong("released", "refused", "aborted", "upstream_failed", "pending");
        var limit = new Option<int>("--limit") { Description = "The newest so many.", HelpName = "N", DefaultValueFactory = _ => 50 };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var only] && int.TryParse(only.Value, out var number) && number < 1)
            {
                result.AddError("--limit must be at least 1.");
            }
        });
        var unseal = new Option<string?>("--evidence-key") { Description = "Show sealed evidence, opened with this key (Audit:SealedEvidence:KeyFile).", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Write one JSON object a line." };
        var command = new Command("show", "List decisions, oldest first. Shows who asked, unless that was erased. Exit code: 0 shown, 1 no such decision, 2 not read.") { data, config, decision, since, category, outcome, limit, unseal, json };
        command.SetAction(parsed =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            try
            {
                var options = OptionsOfLog(parsed.GetValue(data), parsed.GetValue(config));
                var filter = new AuditFilter(
                    parsed.GetValue(decision), parsed.GetValue(since), parsed.GetValue(category), parsed.GetValue(outcome), parsed.GetValue(limit));
                var seal = parsed.GetValue(unseal) is { } file ? EvidenceSeal.Load(file) : null;
                var rows = AuditReader.Read(options.File, filter, seal);
                if (rows.Count == 0 && filter.DecisionId is not null)
                {
                    error.WriteLine($"audit show: there is no record of the decision '{filter.DecisionId}'.");
                    return Broken;
                }

                AuditTable.Write(rows, asJson: parsed.GetValue(json), inFull: filter.DecisionId is not null || seal is not null, output);
                return Intact;
            }
            catch (Exception fault) when (fault is AuditUnavailableException or SqliteException or JsonException or FormatException or InvalidOperationException or IOException or UnauthorizedAccessException or InvalidDataException)
            {
                error.WriteLine($"audit show: {fault.Message}");
                return Unusable;
            }
        });
        return command;
    }

    private static Command Erase()
    {
        var (data, config) = (DataOption(), ConfigOption());
        var subject = new Option<string>("--subject") { Description = "The person: the token's subject, exactly as it was recorded.", HelpName = "SUBJECT", Required = true };
        var issuer = new Option<string?>("--issuer") { Description = "The issuer that names the subject. Default: records without an issuer.", HelpName = "ISSUER" };
        var sure = new Option<bool>("--yes") { Description = "Do it. What is erased cannot be brought back." };
        var command = new Command("erase", "Erase a person's fields and sealed evidence from every record; the chain stays whole. Stop the gateway first. Exit code: 0 erased, 1 nothing of this subject, 2 not done.") { data, config, subject, issuer, sure };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            try
            {
                var options = OptionsOfLog(parsed.GetValue(data), parsed.GetValue(config));
                if (!parsed.GetValue(sure))
                {
                    throw new AuditUnavailableException("What is erased cannot be brought back: repeat the command with --yes.");
                }

                await using var log = await SqliteAuditLog.OpenAsync(options, TimeProvider.System, NullLogger<SqliteAuditLog>.Instance);
                var erased = await log.EraseAsync(parsed.GetValue(issuer), parsed.GetRequiredValue(subject), cancellationToken);
                output.WriteLine($"{options.File}: {erased} {(erased == 1 ? "record" : "records")} erased of this subject.");
                return erased > 0 ? 0 : 1;
            }
            catch (Exception fault) when (fault is AuditUnavailableException or IOException or UnauthorizedAccessException or InvalidOperationException or InvalidDataException)
            {
                error.WriteLine($"audit erase: {fault.Message}");
                return Unusable;
            }
        });
        return command;
    }

    private static Command Evidence()
    {
        var decision = new Argument<string>("decision") { Description = "The decision's id." };
        var reason = new Option<string>("--reason") { Description = "Why you look; it stands in the audit, with who you are.", Required = true };
        return ApiCall.OfManagement().On(
            new Command("evidence", "Have the running gateway open the sealed text of a decision, for an approver; that you looked is recorded first. Exit code: 0 shown, 1 refused, 2 not asked.") { decision, reason },
            parsed => (HttpMethod.Post, $"/admin/evidence/{Uri.EscapeDataString(parsed.GetRequiredValue(decision))}", new JsonObject { ["reason"] = parsed.GetValue(reason) }));
    }

    private static AuditOptions OptionsOfLog(string? data, string? config)
    {
        var options = Options(data, config);
        try
        {
            using var _ = File.OpenHandle(options.File);
            return options;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AuditUnavailableException($"There is no audit log at '{options.File}'.");
        }
    }

    private static AuditOptions Options(string? data, string? config)
    {
        var configuration = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true);
        if (config is not null)
        {
            configuration.AddJsonFile(Path.GetFullPath(config), optional: false);
        }

        configuration.AddEnvironmentVariables();
        if (data is not null)
        {
            configuration.AddInMemoryCollection([new("Gateway:DataDirectory", data)]);
        }

        return configuration.Build().ReadAuditOptions();
    }

    private static string[] DefaultKey(AuditOptions options)
    {
        var known = SigningKey.PublicFileOf(options.SigningKeyFile);
        return File.Exists(known) ? [known] : [options.SigningKeyFile];
    }

    private static void Write(VerificationReport report, string file, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(AuditTable.ToJson(report, file));
            return;
        }

        foreach (var fault in report.Faults)
        {
            output.WriteLine(AuditTable.Plain($"{fault.Kind}: {fault.Message}"));
        }

        var range = report.Records == 0 ? "no records" : $"records {report.FirstSeq} to {report.LastSeq}";
        output.WriteLine($"{file}: {range}, {report.HeadsChecked} heads checked, {report.Erased} erased.");
        output.WriteLine(report.Intact
            ? $"Intact. Head {report.LastSeq}:{report.LastHash}"
            : $"BROKEN: {report.Faults.Length} {(report.Faults.Length == 1 ? "fault" : "faults")}.");
    }
}
