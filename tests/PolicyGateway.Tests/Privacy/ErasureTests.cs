using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Portal;
using PolicyGateway.State;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Audit;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Privacy;

/// <summary>A person has lived in the gateway for a while and is erased: what is left of him in files, memory and answers.</summary>
public sealed class ErasureTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Fact]
    public async Task Nothing_of_an_erased_person_is_left_in_any_file_and_the_audit_still_verifies()
    {
        const string Alice = "alice-liddell@example.org";
        var token = access.Person(Alice);
        var life = await LiveAsync(token, "Miss Pleasance Liddell");
        await access.ApproveAsync(await access.RequestAsync(token));
        var denied = await access.RequestAsync(token);
        (await access.AdminAsync($"/admin/requests/{denied}/deny", access.Staff("first-approver", "approver"), new { reason = "Pleasance was here before." })).Expect(200);
        await access.ReleasedAsync(life.Key);
        Assert.NotEmpty(FilesWith(Alice));
        Assert.NotEmpty(FilesWith("Pleasance"));

        var erased = (await EraseAsync(Alice)).Expect(200);

        Assert.True(erased.Body.GetProperty("left_the_disk").GetBoolean());
        Assert.Equal(
            [("appeals", 1), ("grants", 1), ("identities", 0), ("keys", 1), ("repeats", 0), ("requests", 3), ("revocations", 0)],
            erased.Body.GetProperty("records").EnumerateObject().Select(static kind => (kind.Name, kind.Value.GetInt32())).Order());
        Assert.Empty(FilesWith(Alice));
        Assert.Empty(FilesWith("Pleasance"));
        Assert.Empty(FilesWith(new PersonRef(AccessGateway.Issuer, Alice).Key()));
        Assert.Empty(erased.Body.GetProperty("mentions").EnumerateArray());
        var options = access.Gateway.Services.GetRequiredService<IOptions<AuditOptions>>().Value;
        Assert.Empty(AuditFolder.VerifyAt(options).Faults);

        // That it was done stands there, with who did it and why, and nobody's name but his.
        var record = AuditReader.Read(options.File, new AuditFilter(null, null, null, null, 10_000)).Last(static row => row.Text("event") == "privacy.erased");
        Assert.Equal((erased.Text("person"), "administrator", "He asked for it."), (record.Text("target"), record.Text("subject"), record.Text("reason")));

        // Nothing of his counts or shows any more; who he is to his issuer, he is still.
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.Gateway.SendAsync(TheGateway.Ask("hello"), life.Key)).Status);
        var me = (await access.GetAsync("/v1/access/me/export", token)).Expect(200);
        Assert.All(new[] { "requests", "appeals", "grants", "keys", "decisions", "changes" }, name => Assert.Empty(me.Body.GetProperty(name).EnumerateArray()));
        Assert.Empty((await access.GetAsync("/v1/access/me", token)).Body.GetProperty("grants").EnumerateArray());
        Assert.All((await EraseAsync(Alice)).Expect(200).Body.GetProperty("records").EnumerateObject(), static kind => Assert.Equal(0, kind.Value.GetInt32()));
    }

    [Fact]
    public async Task A_grant_that_was_given_stays_as_one_that_has_ended_and_names_nobody()
    {
        var token = access.Person("grant-holder");
        var request = await access.RequestAsync(token);
        await access.ApproveAsync(request);
        var id = (await access.GetAsync($"/v1/access/requests/{request}", token)).Text("grant_id");

        (await EraseAsync("grant-holder")).Expect(200);

        var grant = (await GrantBook.SetOf(access.Gateway.Services.GetRequiredService<IStateStore>()).FindAsync(id, default))!.Value;
        Assert.Equal((null, null, null), (grant.Person, grant.Organisation, grant.Project));
        Assert.Equal("administrator", grant.Revoked!.By.Subject);
        Assert.Equal("cyber", Assert.Single(grant.Categories));
        Assert.Equal(["first-approver", "second-approver"], grant.Approvals.Select(static word => word.By.Subject));
        Assert.All(grant.Approvals, static word => Assert.Equal(PersonRef.Erased, word.Reason));
    }

    [Fact]
    public async Task A_revoked_person_stays_revoked()
    {
        var token = access.Person("mallory-the-revoked");
        var revocation = (await access.AdminAsync("/admin/revocations", access.Staff("operator", "operator"), new
        {
            target = "person",
            issuer = AccessGateway.Issuer,
            subject = "mallory-the-revoked",
            reason = "Sold what he got.",
        })).Expect(201).Text("id");

        (await EraseAsync("mallory-the-revoked")).Expect(200);

        Assert.Empty(FilesWith("mallory-the-revoked"));
        Assert.Empty(FilesWith("Sold what he got."));
        (await access.GetAsync("/v1/access/me", token)).Expect(401);
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.Gateway.SendAsync(TheGateway.Ask("hello"), token)).Status);
        (await access.AdminAsync($"/admin/revocations/{revocation}/lift", access.Staff("operator", "operator"), new { reason = "A mistake." })).Expect(200);
        (await access.GetAsync("/v1/access/me", token)).Expect(200);
    }

    [Fact]
    public async Task An_approver_who_is_erased_leaves_no_name_and_no_word_that_is_still_counted()
    {
        const string Approver = "approver-who-leaves";
        var token = access.Person("waits-for-approval");
        var (pending, denied) = (await access.RequestAsync(token), await access.RequestAsync(token));
        (await access.AdminAsync($"/admin/requests/{pending}/approve", access.Staff(Approver, "approver"), new { reason = "Contract seen." })).Expect(200);
        (await access.AdminAsync($"/admin/requests/{denied}/deny", access.Staff(Approver, "approver"), new { reason = "No contract." })).Expect(200);

        (await EraseAsync(Approver)).Expect(200);

        Assert.Empty(FilesWith(Approver));
        Assert.Equal(0, (await access.GetAsync($"/v1/access/requests/{pending}", token)).Body.GetProperty("approvals").GetInt32());
        Assert.Equal("No contract.", (await access.GetAsync($"/v1/access/requests/{denied}", token)).Text("closed_reason"));
    }

    [Fact]
    public async Task A_name_in_somebody_elses_record_is_pointed_out()
    {
        var request = await access.RequestAsync(access.Person("colleague"));
        (await access.AdminAsync($"/admin/requests/{request}/deny", access.Staff("first-approver", "approver"), new { reason = "Works with somebody-mentioned." })).Expect(200);

        var entry = (await access.AdminAsync("/admin/revocations", access.Staff("operator", "operator"), new { target = "person", issuer = AccessGateway.Issuer, subject = "an-accomplice", reason = "Sold it to somebody-mentioned." })).Expect(201).Text("id");
        (await access.AdminAsync($"/admin/revocations/{entry}/lift", access.Staff("operator", "operator"), new { reason = "Not to somebody-mentioned." })).Expect(200);

        var erased = (await EraseAsync("somebody-mentioned")).Expect(200);

        // Of a revocation that was lifted the audit alone has the reasons.
        var mentions = erased.Body.GetProperty("mentions").EnumerateArray().Select(static id => id.GetString()!).ToList();
        var read = new List<string>();
        foreach (var number in mentions.Where(static id => id.StartsWith("audit record ", StringComparison.Ordinal)).Select(static id => long.Parse(id[13..], System.Globalization.CultureInfo.InvariantCulture)))
        {
            read.Add((await access.AdminAsync($"/admin/audit?after={number + 1}&limit=1", access.Staff("auditor", "auditor"))).Expect(200).Items.Single().GetProperty("reason").GetString()!);
        }

        Assert.Contains("Works with somebody-mentioned.", read);
        Assert.Contains("Sold it to somebody-mentioned.", read);
        Assert.Contains("Not to somebody-mentioned.", read);
        Assert.Equal([request], mentions.Where(static id => !id.StartsWith("audit record ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nobody_is_mentioned_who_is_not()
    {
        var erased = (await EraseAsync("nobody-mentions-me")).Expect(200);

        Assert.Empty(erased.Body.GetProperty("mentions").EnumerateArray());
    }

    [Fact]
    public async Task Logins_and_remembered_tokens_end()
    {
        var (sessions, tokens) = (access.Gateway.Services.GetRequiredService<Sessions>(), access.Gateway.Services.GetRequiredService<TokenCache>());
        var token = access.Person("logged-in");
        await access.GetAsync("/v1/access/me", token);
        var his = await LoginAsync(sessions, "logged-in");
        var other = await LoginAsync(sessions, "logged-in-too");
        Assert.NotNull(tokens.Find(token));

        Assert.Equal(1, (await EraseAsync("logged-in")).Expect(200).Body.GetProperty("sessions").GetInt32());

        Assert.Null(tokens.Find(token));
        Assert.Null(await sessions.RetrieveAsync(his));
        Assert.NotNull(await sessions.RetrieveAsync(other));
    }

    [Fact]
    public async Task Only_an_administrator_erases_with_a_reason_and_never_himself()
    {
        object body = new { issuer = AccessGateway.Issuer, subject = "somebody", reason = "x" };
        foreach (var role in new[] { "auditor", "operator", "approver" })
        {
            (await access.AdminAsync("/admin/privacy/erase", access.Staff("staff", role), body)).Expect(403);
            (await access.AdminAsync("/admin/privacy/export", access.Staff("staff", role), new { issuer = AccessGateway.Issuer, subject = "somebody" })).Expect(403);
        }

        (await access.AdminAsync("/admin/privacy/erase", access.Person("somebody"), body)).Expect(403);
        (await access.PostAsync("/admin/privacy/erase", access.Staff("administrator", "administrator"), body)).Expect(404);
        (await EraseAsync("administrator")).Expect(403);
        (await EraseAsync("somebody", reason: null)).Expect(422);
        (await EraseAsync("")).Expect(422);
        (await EraseAsync(PersonRef.Erased)).Expect(422);
    }

    internal static bool Contains(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
    }

    /// <summary>He is refused, appeals, asks for access and makes a key: each with words of his own.</summary>
    private async Task<(string Decision, string Key)> LiveAsync(string token, string words)
    {
        var decision = await access.RefusedAsync(token);
        (await access.PostAsync("/v1/access/appeals", token, new { decision_id = decision, statement = $"I am {words}." })).Expect(201);
        (await access.PostAsync("/v1/access/requests", token, new { categories = new[] { "cyber" }, project = words, purpose = $"As {words}.", days = 3 })).Expect(201);
        var key = (await access.PostAsync("/v1/access/keys", token, new { name = words, days = 7 })).Expect(201).Text("key");
        await access.ReleasedAsync(token);
        return (decision, key);
    }

    private Task<Reply> EraseAsync(string subject, string? reason = "He asked for it.") => access.AdminAsync(
        "/admin/privacy/erase", access.Staff("administrator", "administrator"), JsonSerializer.Serialize(new { issuer = AccessGateway.Issuer, subject, reason }));

    private string[] FilesWith(string text) =>
        [.. Directory.EnumerateFiles(access.Gateway.Folder, "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith(".lock", StringComparison.Ordinal)).Where(file => Contains(file, text))];

    private static Task<string> LoginAsync(Sessions sessions, string subject) => sessions.StoreAsync(
        new AuthenticationTicket(Logins.PrincipalOf(new Caller(AccessGateway.Issuer, subject, null, null, default!, []), null), "portal-session"));
}
