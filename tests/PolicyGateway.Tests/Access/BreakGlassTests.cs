using System.Net;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>Emergency access: by name, for minutes, loud, and looked at by somebody else.</summary>
public sealed class BreakGlassTests : IAsyncLifetime
{
    private readonly AccessGateway _access = new();

    private string Responder => _access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "rescuer", Roles = ["responder"] });

    public Task InitializeAsync()
    {
        _access.Gateway.Settings["Access:BreakGlassMinutes"] = "30";
        return _access.InitializeAsync();
    }

    public Task DisposeAsync() => _access.DisposeAsync();

    [Fact]
    public async Task One_that_somebody_ended_is_not_opened_again_before_it_was_looked_at()
    {
        var grant = (await OpenAsync(Responder)).Expect(201).Text("id");
        (await _access.AdminAsync($"/admin/grants/{grant}/revoke", _access.Staff("ends-it", "operator"), new { reason = "There is no emergency." })).Expect(200);

        (await OpenAsync(Responder)).Expect(409);

        (await _access.AdminAsync($"/admin/break-glass/{grant}/review", _access.Staff("looks", "approver"), new { reason = "A misunderstanding." })).Expect(200);
        (await OpenAsync(Responder)).Expect(201);
    }

    [Fact]
    public async Task One_that_nobody_has_looked_at_is_not_opened_a_second_time()
    {
        var first = (await OpenAsync(Responder, "fraud")).Expect(201).Text("id");

        Assert.Contains(first, (await OpenAsync(Responder, "fraud")).Expect(409).Text("detail"), StringComparison.Ordinal);
        (await OpenAsync(Responder, "fraud.forgery")).Expect(409);
        (await OpenAsync(Responder, "other", "fraud.forgery")).Expect(409);
        (await OpenAsync(Responder, "cyber")).Expect(201);

        (await ReviewAsync(first)).Expect(200);
        var nested = (await OpenAsync(Responder, "fraud.forgery")).Expect(201).Text("id");
        (await OpenAsync(Responder, "fraud")).Expect(409);
        (await ReviewAsync(nested)).Expect(200);
        (await OpenAsync(Responder, "fraud")).Expect(201);
    }

    [Fact]
    public async Task Of_many_at_once_one_is_opened()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OpenAsync(Responder)));

        Assert.Equal(1, replies.Count(static reply => reply.Status == 201));
    }

    [Fact]
    public async Task Another_login_of_the_same_person_opens_nothing_more()
    {
        var client = _access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "rescuer-client", Roles = ["responder"] });
        var code = (await _access.PostAsync("/v1/access/identities/codes", Responder)).Expect(201).Text("code");
        var join = (await _access.PostAsync("/v1/access/identities", client, new { code })).Expect(201).Text("id");
        var grant = (await OpenAsync(Responder)).Expect(201).Text("id");
        (await OpenAsync(client)).Expect(409);
        (await _access.AdminAsync($"/admin/grants/{grant}/revoke", _access.Staff("ends-it", "operator"), new { reason = "There is no emergency." })).Expect(200);

        (await OpenAsync(client, "fraud")).Expect(409);

        // He is no other person by undoing it.
        (await _access.PostAsync($"/v1/access/identities/{join}/undo", client)).Expect(200);
        (await OpenAsync(client, "fraud")).Expect(409);
        (await ReviewAsync(grant)).Expect(200);
        (await OpenAsync(client, "fraud")).Expect(201);
    }

    [Fact]
    public async Task A_responder_opens_a_category_to_himself_and_somebody_else_looks_at_it()
    {
        var question = TheGateway.Ask(KeywordClassifier.Cyber);
        Assert.Equal(HttpStatusCode.Forbidden, (await _access.Gateway.SendAsync(question, Responder)).Status);

        var grant = (await OpenAsync(Responder)).Expect(201).Text("id");

        Assert.Equal(HttpStatusCode.OK, (await _access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), Responder)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await _access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Prohibited), Responder)).Status);
        Assert.Equal(1, Unreviewed);
        var waiting = Assert.Single((await _access.AdminAsync("/admin/break-glass", _access.Staff("any", "auditor"))).Expect(200).Items);
        Assert.Equal(grant, waiting.GetProperty("id").GetString());

        var review = $"/admin/break-glass/{grant}/review";
        (await _access.AdminAsync(review, _access.Staff("rescuer", "approver"), new { reason = "I was right." })).Expect(403);
        (await _access.AdminAsync(review, _access.Staff("looker", "approver"), new { reason = "" })).Expect(422);
        using (var page = new Portal.PageReader(_access.Gateway.Management))
        {
            await page.LogInAsync("console", _access.Staff("looker", "approver"));
            var queue = await page.GetAsync("/console");
            Assert.Contains("An attack is under way.", queue.Text, StringComparison.Ordinal);
            await page.SendAsync(queue, $"/console/break-glass/{grant}/review", ("reason", "Ticket 17."));
        }

        (await _access.AdminAsync(review, _access.Staff("looker", "approver"), new { reason = "Again." })).Expect(409);
        Assert.Equal(0, Unreviewed);
        Assert.Empty((await _access.AdminAsync("/admin/break-glass", _access.Staff("any", "auditor"))).Expect(200).Items);
        Assert.Equal(
            ["break_glass.reviewed", "break_glass.opened"],
            (await _access.AdminAsync($"/admin/audit?grant={grant}", _access.Staff("any", "auditor"))).Expect(200).Items
                .Select(static item => item.GetProperty("event").GetString()!).Where(static happened => happened.StartsWith("break", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("administrator", 30, "cyber", 403)]
    [InlineData("approver", 30, "cyber", 403)]
    [InlineData("responder", 31, "cyber", 422)]
    [InlineData("responder", 0, "cyber", 422)]
    [InlineData("responder", 30, "unknown", 422)]
    public async Task Nobody_else_and_nothing_more(string role, int minutes, string category, int status)
    {
        var token = _access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "other", Roles = [role] });

        (await _access.PostAsync("/v1/access/break-glass", token, new { categories = new[] { category }, minutes, reason = "Now." })).Expect(status);
    }

    [Fact]
    public async Task It_is_off_unless_it_is_set()
    {
        await using var other = new Disposed();
        await other.Access.InitializeAsync();

        var token = other.Access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "rescuer", Roles = ["responder"] });

        (await other.Access.PostAsync("/v1/access/break-glass", token, new { categories = new[] { "cyber" }, minutes = 1, reason = "Now." })).Expect(403);
    }

    private Task<Reply> OpenAsync(string token, params string[] categories) => _access.PostAsync(
        "/v1/access/break-glass", token, new { categories = categories.Length == 0 ? ["cyber"] : categories, minutes = 30, reason = "An attack is under way." });

    private Task<Reply> ReviewAsync(string grant) => _access.AdminAsync($"/admin/break-glass/{grant}/review", _access.Staff("looks", "approver"), new { reason = "Looked at." });

    private long Unreviewed => _access.Gauges()["policygateway.access.emergencies.unreviewed"];

    private sealed class Disposed : IAsyncDisposable
    {
        public AccessGateway Access { get; } = new();

        public async ValueTask DisposeAsync() => await Access.DisposeAsync();
    }
}
