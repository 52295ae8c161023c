using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Audit;
using PolicyGateway.Cli;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Admin;

/// <summary>Sealed text is opened for a reason, for the record, and for the labelled set.</summary>
public sealed class EvidenceLookTests : IAsyncLifetime
{
    private const string Prompt = "the prompt that was sealed";

    private readonly AccessGateway _access = new();

    private string KeyFile => Path.Combine(_access.Gateway.Folder, "evidence.key");

    private string Approver => _access.Staff("the-approver", "approver");

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(KeyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        _access.Gateway.Settings["Audit:SealedEvidence:KeyFile"] = KeyFile;
        _access.Gateway.Settings["Audit:SealedEvidence:Categories:0"] = "cyber";
        _access.Gateway.Changes = static services => services.AddSingleton<IAuditLog>(static provider => new BreakableAudit(provider.GetRequiredService<SqliteAuditLog>()));
        await _access.InitializeAsync();
    }

    public Task DisposeAsync() => _access.DisposeAsync();

    [Fact]
    public async Task Nobody_opens_the_text_of_his_own_request()
    {
        var refused = await _access.RefusedAsync(Approver, Prompt);

        (await LookAsync(refused, "To see what I was refused.")).Expect(403);

        Assert.Empty((await _access.AdminAsync("/admin/audit?event=evidence.seen", Approver)).Expect(200).Items);
    }

    [Fact]
    public async Task An_approver_sees_the_text_for_a_reason_and_is_recorded_with_it()
    {
        var refused = await _access.RefusedAsync(_access.Person("ann"), Prompt);

        var look = (await LookAsync(refused, "To decide her appeal.")).Expect(200);

        Assert.Contains(Prompt, look.Text("text"), StringComparison.Ordinal);
        Assert.Equal((refused, "cyber"), (look.Text("decision"), look.Text("category")));
        var seen = Assert.Single((await _access.AdminAsync("/admin/audit?event=evidence.seen", Approver)).Expect(200).Items);
        Assert.Equal((refused, "the-approver", "To decide her appeal."), (seen.GetProperty("target").GetString(), seen.GetProperty("subject").GetString(), seen.GetProperty("reason").GetString()));
        Assert.Equal(2, (await _access.AdminAsync($"/admin/audit?decision={refused}", Approver)).Expect(200).Items.Length);
        Assert.DoesNotContain(Prompt, seen.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_look_at_an_erased_persons_text_stays_who_looked_and_not_why()
    {
        var refused = await _access.RefusedAsync(_access.Person("anne-boleyn"), Prompt);
        (await LookAsync(refused, "Anne has appealed.")).Expect(200);

        (await _access.AdminAsync("/admin/privacy/erase", _access.Staff("administrator", "administrator"), new { issuer = AccessGateway.Issuer, subject = "anne-boleyn", reason = "She asked for it." })).Expect(200);

        var seen = Assert.Single((await _access.AdminAsync("/admin/audit?event=evidence.seen", Approver)).Expect(200).Items);
        Assert.Equal("the-approver", seen.GetProperty("subject").GetString());
        Assert.DoesNotContain("appealed", seen.GetRawText(), StringComparison.Ordinal);
        (await LookAsync(refused, "Once more.")).Expect(404);
    }

    [Fact]
    public async Task Nothing_is_shown_without_a_reason_without_a_text_with_another_key_or_without_a_record()
    {
        var refused = await _access.RefusedAsync(_access.Person("ann"), Prompt);
        var released = await _access.ReleasedAsync(_access.Person("ann"));

        (await LookAsync(refused, "")).Expect(422);
        (await LookAsync(released, "Curious.")).Expect(404);
        (await LookAsync("dec_0", "Curious.")).Expect(404);
        (await _access.AdminAsync($"/admin/evidence/{refused}", _access.Staff("operator", "operator"), new { reason = "Curious." })).Expect(403);
        Assert.Empty((await _access.AdminAsync("/admin/audit?event=evidence.seen", Approver)).Expect(200).Items);

        var audit = (BreakableAudit)_access.Gateway.Services.GetRequiredService<IAuditLog>();
        audit.IsBroken = true;
        Assert.DoesNotContain(Prompt, (await LookAsync(refused, "Curious.")).Expect(503).Body.GetRawText(), StringComparison.Ordinal);
        audit.IsBroken = false;
        await File.WriteAllTextAsync(KeyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        (await LookAsync(refused, "Curious.")).Expect(409);
    }

    [Fact]
    public async Task The_command_line_asks_the_gateway_and_needs_a_reason()
    {
        var refused = await _access.RefusedAsync(_access.Person("ann"), Prompt);
        var token = Path.Combine(_access.Gateway.Folder, "token");
        await File.WriteAllTextAsync(token, Approver);

        var (code, output, _) = await RunAsync("audit", "evidence", refused, "--reason", "An appeal.", "--url", _access.Gateway.Management.AbsoluteUri, "--token-file", token);
        var (unsaid, _, _) = await RunAsync("audit", "evidence", refused, "--url", _access.Gateway.Management.AbsoluteUri, "--token-file", token);

        Assert.Equal((0, 1), (code, unsaid));
        Assert.Contains(Prompt, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistake_becomes_a_labelled_row_with_its_text_where_the_key_is_given()
    {
        var (mistake, upheld) = (await DecidedAsync("mistake"), await DecidedAsync("upheld"));
        var file = Path.Combine(_access.Gateway.Folder, "mistakes.jsonl");

        var (code, nothing, said) = await RunAsync("appeals", "export", "--data", _access.Gateway.Folder, "--evidence-key", KeyFile, "--output", file);
        var (_, bare, counted) = await RunAsync("appeals", "export", "--data", _access.Gateway.Folder);

        Assert.Equal((0, "", "1 mistakes, 0 of them without a text."), (code, nothing, said.Trim()));
        var row = new RowReader(["cyber"]).Read(Assert.Single(await File.ReadAllLinesAsync(file)), 0, out _, out var fault);
        Assert.Null(fault);
        Assert.Equal((mistake, true, "appeal", "cyber"), (row!.Id, row.Label.IsBenign, row.Label.Source, row.Label.Topic));
        Assert.Contains(Prompt, row.Text, StringComparison.Ordinal);
        using var without = JsonDocument.Parse(bare);
        Assert.False(without.RootElement.TryGetProperty("text", out _));
        Assert.Equal((mistake, "registered", "completion"), (without.RootElement.GetProperty("id").GetString(), without.RootElement.GetProperty("tier").GetString(), without.RootElement.GetProperty("kind").GetString()));
        Assert.Contains("1 mistakes, 1 of them without a text", counted, StringComparison.Ordinal);
        Assert.DoesNotContain(upheld, bare, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("appeals", "export", "--data", _access.Gateway.Folder, "--output", file)).Code);
        Assert.Equal(2, (await RunAsync("appeals", "export", "--data", Path.Combine(_access.Gateway.Folder, "nowhere"))).Code);
    }

    private Task<Reply> LookAsync(string decision, string reason) => _access.AdminAsync($"/admin/evidence/{decision}", Approver, new { reason });

    private async Task<string> DecidedAsync(string status)
    {
        var person = _access.Person("ann");
        var refused = await _access.RefusedAsync(person, Prompt);
        var appeal = (await _access.PostAsync("/v1/access/appeals", person, new { decision_id = refused, statement = "It was harmless." })).Expect(201).Text("id");
        (await _access.AdminAsync($"/admin/appeals/{appeal}/decide", Approver, new { status, reason = "Looked at." })).Expect(200);
        return refused;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await GatewayCli.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>The real log, which can be made to take no changes.</summary>
    private sealed class BreakableAudit(SqliteAuditLog log) : IAuditLog
    {
        public bool IsBroken { get; set; }

        public void Note(AuditRecord record) => log.Note(record);

        public Task CommitAsync(AuditRecord record, CancellationToken cancellationToken) => log.CommitAsync(record, cancellationToken);

        public Task CommitAsync(ChangeRecord record, CancellationToken cancellationToken) =>
            IsBroken ? throw new AuditUnavailableException("The disk is full.") : log.CommitAsync(record, cancellationToken);

        public IncrementalHash CreateReleaseHash() => log.CreateReleaseHash();
    }
}
