using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Cli;
using PolicyGateway.Privacy;
using PolicyGateway.State;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Privacy;

/// <summary>What a person is given of what is kept about him, and from the command line.</summary>
public sealed class ExportTests(AccessGateway access) : IClassFixture<AccessGateway>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-privacy-cli-").FullName;

    [Fact]
    public async Task A_person_exports_all_that_is_his_and_nothing_that_is_anothers()
    {
        var token = access.Person("exporter");
        var decision = await access.RefusedAsync(token, "a prompt that nobody keeps");
        var appeal = (await access.PostAsync("/v1/access/appeals", token, new { decision_id = decision, statement = "I am cleared." })).Expect(201).Text("id");
        var request = await access.RequestAsync(token);
        await access.ApproveAsync(request);
        var made = (await access.PostAsync("/v1/access/keys", token, new { name = "notebook", days = 7 })).Expect(201);
        await access.RequestAsync(access.Person("somebody-else"));

        var export = (await access.GetAsync("/v1/access/me/export", token)).Expect(200).Body;

        Assert.Equal(("exporter", AccessGateway.Issuer), (export.GetProperty("subject").GetString(), export.GetProperty("issuer").GetString()));
        Assert.Equal([request], Ids(export, "requests"));
        Assert.Equal([appeal], Ids(export, "appeals"));
        Assert.Equal("cyber", export.GetProperty("grants")[0].GetProperty("categories")[0].GetString());
        Assert.Equal([made.Body.GetProperty("record").GetProperty("id").GetString()!], Ids(export, "keys"));
        Assert.Equal([decision], Ids(export, "decisions"));
        Assert.Equal(["appeal.created", "key.created", "request.created"], export.GetProperty("changes").EnumerateArray().Select(static change => change.GetProperty("event").GetString()).Order());
        var text = export.GetRawText();
        foreach (var hidden in new[] { "hash", made.Text("key"), "somebody-else", "first-approver", "nobody keeps", KeywordClassifier.Cyber, "confidence", "revocations", "written_about" })
        {
            Assert.DoesNotContain(hidden, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_written_when_an_emergency_was_looked_at_is_written_about_the_person()
    {
        var (store, at) = (access.Gateway.Services.GetRequiredService<IStateStore>(), DateTimeOffset.UtcNow);
        var (person, looker) = (new PersonRef(AccessGateway.Issuer, "was-looked-at"), new PersonRef(AccessGateway.Issuer, "looked"));
        Assert.True(await store.TryWriteAsync(
            [GrantBook.SetOf(store).Add("grt_looked_at", new Grant { Id = "grt_looked_at", Person = person, Categories = ["cyber"], NotBefore = at, ExpiresAt = at, IsEmergency = true, Reviewed = new Approval(looker, at, "Not an emergency.") })], default));

        var export = await access.Gateway.Services.GetRequiredService<Export>().InFullAsync(person, null, default);

        Assert.Equal("Not an emergency.", Assert.Single(export.WrittenAbout!).Text);
        Assert.False(export.ChangesAreCut);
    }

    [Fact]
    public async Task An_export_that_has_not_all_changes_says_so()
    {
        const int More = 1;
        var audit = access.Gateway.Services.GetRequiredService<IAuditLog>();
        await Task.WhenAll(Enumerable.Range(0, Export.MostChanges + More).Select(index => audit.CommitAsync(
            new ChangeRecord { Event = "request.created", Issuer = AccessGateway.Issuer, Subject = "did-a-lot", Target = $"req_{index}" }, default)));

        var export = (await access.GetAsync("/v1/access/me/export", access.Person("did-a-lot"))).Expect(200).Body;

        Assert.Equal((Export.MostChanges, true), (export.GetProperty("changes").GetArrayLength(), export.GetProperty("changes_are_cut").GetBoolean()));
    }

    [Fact]
    public async Task An_export_of_many_decisions_goes_on_where_the_last_one_ended()
    {
        var token = access.Person("asks-a-lot");
        var (first, second) = (await access.ReleasedAsync(token), await access.ReleasedAsync(token));

        var rest = (await access.GetAsync($"/v1/access/me/export?after={second}", token)).Expect(200).Body;

        Assert.Equal([first], Ids(rest, "decisions"));
        (await access.GetAsync("/v1/access/me/export", null)).Expect(401);
    }

    [Fact]
    public async Task An_administrator_exports_and_erases_from_the_command_line_and_is_recorded()
    {
        const string Subject = "erased-by-command";
        var token = access.Person(Subject);
        var request = await access.RequestAsync(token);
        (await access.AdminAsync($"/admin/requests/{request}/deny", access.Staff("first-approver", "approver"), new { reason = "No contract seen." })).Expect(200);
        var revocation = (await access.AdminAsync("/admin/revocations", access.Staff("operator", "operator"), new
        {
            target = "credential",
            issuer = AccessGateway.Issuer,
            subject = Subject,
            name = "security-professional",
            reason = "Left the institute.",
        })).Expect(201).Text("id");

        var export = Json(await RunAsync("export", "--issuer", AccessGateway.Issuer, "--subject", Subject));
        var erased = Json(await RunAsync("erase", "--issuer", AccessGateway.Issuer, "--subject", Subject, "--reason", "He asked for it."));

        Assert.Equal([request], Ids(export, "requests"));
        Assert.Equal([revocation], Ids(export, "revocations"));
        Assert.Equal("No contract seen.", export.GetProperty("written_about")[0].GetProperty("text").GetString());
        Assert.DoesNotContain("first-approver", export.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((1, 1), (erased.GetProperty("records").GetProperty("requests").GetInt32(), erased.GetProperty("records").GetProperty("revocations").GetInt32()));
        var rows = AuditReader.Read(access.Gateway.Services.GetRequiredService<IOptions<AuditOptions>>().Value.File, new AuditFilter(null, null, null, null, 10_000));
        Assert.Equal(
            [("privacy.exported", erased.GetProperty("person").GetString()!), ("privacy.erased", erased.GetProperty("person").GetString()!)],
            rows.Where(static row => row.Text("event").StartsWith("privacy.", StringComparison.Ordinal)).Select(static row => (row.Text("event"), row.Text("target"))));
        Assert.Equal(1, (await RunAsync("erase", "--issuer", AccessGateway.Issuer, "--subject", "administrator", "--reason", "Myself.")).Code);
        Assert.NotEqual(0, (await RunAsync("erase", "--issuer", AccessGateway.Issuer, "--subject", Subject)).Code); // --reason is missing
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Ids(JsonElement export, string name) => [.. export.GetProperty(name).EnumerateArray().Select(static item => item.GetProperty("id").GetString()!)];

    private static JsonElement Json((int Code, string Output, string Error) run)
    {
        Assert.True(run.Code == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var token = Path.Combine(_folder, Guid.NewGuid().ToString("n"));
        await File.WriteAllTextAsync(token, access.Staff("administrator", "administrator"));
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = ["privacy", .. arguments, "--token-file", token, "--url", access.Management.BaseAddress!.AbsoluteUri];
        var code = await GatewayCli.Create().Parse(all).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
