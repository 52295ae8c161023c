using System.Net;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

public sealed class AccessApiTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    /// <summary>Each endpoint of operators with the roles that it is open to.</summary>
    public static TheoryData<string, string, string> Endpoints => new()
    {
        { "GET", "/admin/requests", "auditor operator approver administrator" },
        { "GET", "/admin/requests/req_0", "auditor operator approver administrator" },
        { "GET", "/admin/appeals", "auditor operator approver administrator" },
        { "GET", "/admin/appeals/apl_0", "auditor operator approver administrator" },
        { "GET", "/admin/grants?issuer=a&subject=b", "auditor operator approver administrator" },
        { "GET", "/admin/revocations", "auditor operator approver administrator" },
        { "POST", "/admin/requests/req_0/approve", "approver administrator" },
        { "POST", "/admin/requests/req_0/deny", "approver administrator" },
        { "POST", "/admin/appeals/apl_0/decide", "approver administrator" },
        { "POST", "/admin/grants", "administrator" },
        { "POST", "/admin/grants/grt_0/revoke", "operator administrator" },
        { "POST", "/admin/revocations", "operator administrator" },
        { "POST", "/admin/revocations/rev_0/lift", "operator administrator" },
    };

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("application/json", "gzip")]
    [InlineData("application/json", "identity")]
    public async Task A_body_of_another_type_or_in_an_encoding_is_refused(string type, string? encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/access/requests");
        request.Headers.Authorization = new("Bearer", access.Person("encodes"));
        request.Content = new StringContent("""{"categories":["cyber"],"project":"Red team","purpose":"Our own systems.","days":5}""", System.Text.Encoding.UTF8, type);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await access.Gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task An_endpoint_of_operators_is_open_to_its_roles_and_to_nobody_else(string method, string path, string roles)
    {
        foreach (var role in new[] { "auditor", "operator", "approver", "administrator", "professional", "" })
        {
            var token = access.Staff("somebody", role.Length == 0 ? [] : [role]);
            var reply = method == "GET" ? await access.AdminAsync(path, token) : await access.AdminAsync(path, token, new { reason = "A test." });
            Assert.Equal(roles.Split(' ').Contains(role), reply.Status != 403);
            Assert.True(reply.Status is 200 or 404 or 403 or 422, $"{role}: {reply.Status} {reply.Body}");
        }

        var anonymous = method == "GET" ? await access.AdminAsync(path, null) : await access.AdminAsync(path, null, new { });
        Assert.Equal((401, "application/problem+json"), (anonymous.Status, anonymous.MediaType));
        Assert.Contains("resource_metadata", anonymous.Challenge, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/admin/requests")]
    [InlineData("/admin/revocations")]
    public async Task Operators_endpoints_do_not_exist_on_the_public_address(string path) =>
        (await access.GetAsync(path, access.Staff("somebody", "administrator"))).Expect(404);

    [Fact]
    public async Task Professionals_endpoints_do_not_exist_on_the_management_address() =>
        (await access.AdminAsync("/v1/access/me", access.Person("ada"))).Expect(404);

    [Theory]
    [InlineData("""{"categories":["cyber"],"project":"p","purpose":"q","days":8}""", 422)]
    [InlineData("""{"categories":["cyber"],"project":"p","purpose":"q","days":0}""", 422)]
    [InlineData("""{"categories":["cyber"],"project":"p","purpose":"q","days":-1}""", 422)]
    [InlineData("""{"categories":["cyber"],"project":"p","purpose":"","days":7}""", 422)]
    [InlineData("""{"categories":["cyber"],"project":"a\u0000b","purpose":"q","days":7}""", 422)]
    [InlineData("""{"categories":["cyber"],"project":"a\u202eb","purpose":"q","days":7}""", 422)]
    [InlineData("""{"categories":["cyber"],"purpose":"q","days":7}""", 422)]
    [InlineData("""{"categories":["nothing"],"project":"p","purpose":"q","days":7}""", 422)]
    [InlineData("""{"categories":[],"project":"p","purpose":"q","days":7}""", 422)]
    [InlineData("""{"project":"p","purpose":"q","days":7}""", 422)]
    [InlineData("""{"categories":[null],"project":"p","purpose":"q","days":7}""", 422)]
    [InlineData("""{"categories":"cyber","project":"p","purpose":"q","days":7}""", 400)]
    [InlineData("""{"categories":["cyber"],"project":"p","purpose":"q","days":"7"}""", 400)]
    [InlineData("""{"categories":["cyber"],"project":"p","project":"r","purpose":"q","days":7}""", 400)]
    [InlineData("""{"categories":["cyber"],"project":"p","purpose":"q","days":7,"status":"approved"}""", 400)]
    [InlineData("null", 422)]
    [InlineData("[]", 400)]
    [InlineData("{", 400)]
    [InlineData("", 400)]
    public async Task A_request_that_is_not_right_is_refused_and_says_what_to_mend(string body, int status)
    {
        var reply = (await access.PostAsync("/v1/access/requests", access.Person("careless"), body)).Expect(status);

        Assert.Equal("application/problem+json", reply.MediaType);
        Assert.NotEmpty(reply.Text("detail"));
        Assert.Empty((await access.GetAsync("/v1/access/requests", access.Person("careless"))).Expect(200).Items);
    }

    [Theory]
    [InlineData(4_001, 422)]
    [InlineData(100_000, 413)]
    public async Task A_purpose_without_end_is_refused(int length, int status) => (await access.PostAsync("/v1/access/requests", access.Person("careless"), new
    {
        categories = new[] { "cyber" },
        project = "p",
        purpose = new string('x', length),
        days = 7,
    })).Expect(status);

    [Fact]
    public async Task What_belongs_to_somebody_else_does_not_exist()
    {
        var request = await access.RequestAsync(access.Person("owner"));

        (await access.GetAsync($"/v1/access/requests/{request}", access.Person("eve"))).Expect(404);
        (await access.PostAsync($"/v1/access/requests/{request}/withdraw", access.Person("eve"))).Expect(404);
        Assert.Equal("pending", (await access.GetAsync($"/v1/access/requests/{request}", access.Person("owner"))).Expect(200).Text("status"));
    }

    [Fact]
    public async Task A_request_that_was_withdrawn_or_denied_grants_nothing_any_more()
    {
        var owner = access.Person("undecided");
        var (withdrawn, denied) = (await access.RequestAsync(owner), await access.RequestAsync(owner));
        (await access.PostAsync($"/v1/access/requests/{withdrawn}/withdraw", owner)).Expect(200);
        (await access.AdminAsync($"/admin/requests/{denied}/deny", access.Staff("first", "approver"), new { reason = "No contract." })).Expect(200);

        foreach (var request in new[] { withdrawn, denied })
        {
            (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("first", "approver"), new { reason = "Yes." })).Expect(409);
        }

        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(owner));
    }

    [Fact]
    public async Task Two_approvers_at_the_same_moment_make_one_grant()
    {
        for (var round = 0; round < 10; round++)
        {
            var person = $"raced-{round}";
            var request = await access.RequestAsync(access.Person(person));
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => access.AdminAsync(
                $"/admin/requests/{request}/approve", access.Staff($"approver-{i}", "approver"), new { reason = "Yes." })));
            await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("approver-late", "approver"), new { reason = "Yes." });
            await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("approver-later", "approver"), new { reason = "Yes." });

            var grants = (await access.AdminAsync($"/admin/grants?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject={person}", access.Staff("auditor", "auditor"))).Expect(200);
            Assert.Equal(2, Assert.Single(grants.Items).GetProperty("approvals").GetArrayLength());
            var events = AuditReader.Read(new AuditOptions().ResolvePaths(access.Gateway.Folder).File, new AuditFilter(null, null, null, null, 10_000))
                .Where(row => row.Text("target") == request).Select(static row => row.Text("event")).ToList();
            Assert.Equal(1, events.Count(static name => name == "request.approved") - events.Count(static name => name == "request.approved.lost"));
        }
    }

    [Fact]
    public async Task A_grant_of_an_organisation_opens_to_its_people_and_to_nobody_elses()
    {
        var administrator = access.Staff("root", "administrator");
        var draft = new { organisation = new { issuer = AccessGateway.Issuer, name = "acme" }, categories = new[] { "other" }, days = 1, reason = "A contract." };
        (await access.AdminAsync("/admin/grants", administrator, draft)).Expect(201);

        Assert.Equal("granted", await StandingAsync(access.Person("worker", "acme"), "other"));
        Assert.Equal("closed", await StandingAsync(access.Person("worker", "other"), "other"));
    }

    [Theory]
    [InlineData("cyber", 403)] // two people decide on that
    [InlineData("fraud", 403)] // what is nested in it wants two
    [InlineData("nothing", 422)]
    [InlineData("other", 201)]
    public async Task An_administrator_grants_what_one_person_may_decide(string category, int status) =>
        (await access.AdminAsync("/admin/grants", access.Staff("root", "administrator"), new
        {
            person = new { issuer = AccessGateway.Issuer, subject = "granted" },
            categories = new[] { category },
            days = 1,
            reason = "A contract.",
        })).Expect(status);

    [Theory]
    [InlineData("""{"person":{"issuer":"https://nobody.example","subject":"a"},"categories":["other"],"days":1,"reason":"r"}""", "person.issuer")]
    [InlineData("""{"organisation":{"issuer":"https://nobody.example","name":"a"},"categories":["other"],"days":1,"reason":"r"}""", "organisation.issuer")]
    [InlineData("""{"person":{"issuer":"ISSUER","subject":"a"},"categories":["other"],"models":["m","misspelled"],"days":1,"reason":"r"}""", "models")]
    public async Task A_grant_that_could_open_nothing_is_not_given(string body, string field) => Assert.StartsWith(
        field,
        (await access.AdminAsync("/admin/grants", access.Staff("root", "administrator"), body.Replace("ISSUER", AccessGateway.Issuer, StringComparison.Ordinal))).Expect(422).Text("detail"),
        StringComparison.Ordinal);

    [Fact]
    public async Task What_is_nested_in_a_category_bounds_a_grant_of_it()
    {
        object Asked(int days) => new { categories = new[] { "fraud" }, project = "p", purpose = "q", days };

        (await access.PostAsync("/v1/access/requests", access.Person("nested"), Asked(4))).Expect(422);
        var request = (await access.PostAsync("/v1/access/requests", access.Person("nested"), Asked(3))).Expect(201);
        Assert.Equal(2, request.Body.GetProperty("approvals_needed").GetInt32());
    }

    [Fact]
    public async Task An_administrator_grants_his_own_organisation_nothing()
    {
        var token = access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "root", Organisation = "acme", Roles = ["administrator"] });

        (await access.AdminAsync("/admin/grants", token, new { organisation = new { issuer = AccessGateway.Issuer, name = "acme" }, categories = new[] { "other" }, days = 1, reason = "Ours." })).Expect(403);
    }

    [Fact]
    public async Task Nobody_grants_himself_anything() => (await access.AdminAsync("/admin/grants", access.Staff("root", "administrator"), new
    {
        person = new { issuer = AccessGateway.Issuer, subject = "root" },
        categories = new[] { "other" },
        days = 1,
        reason = "I want to.",
    })).Expect(403);

    [Fact]
    public async Task A_revoked_person_is_refused_with_the_token_that_was_remembered_until_it_is_lifted()
    {
        var (token, staff) = (access.Person("suspended"), access.Staff("operator", "operator"));
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        Assert.Equal(HttpStatusCode.OK, (await access.Gateway.SendAsync(TheGateway.Ask("hello"), token)).Status);

        var revocation = (await access.AdminAsync("/admin/revocations", staff, new { target = "person", issuer = AccessGateway.Issuer, subject = "suspended", reason = "Lost his badge." })).Expect(201);

        var refused = await access.Gateway.SendAsync(TheGateway.Ask("hello"), token);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_token"), (refused.Status, refused.Code));
        (await access.GetAsync("/v1/access/me", token)).Expect(401);
        (await access.AdminAsync($"/admin/revocations/{revocation.Text("id")}/lift", staff, new { reason = "Found it." })).Expect(200);
        Assert.Equal(HttpStatusCode.OK, (await access.Gateway.SendAsync(TheGateway.Ask("hello"), token)).Status);
    }

    [Theory]
    [InlineData("""{"target":"person","issuer":"i","reason":"r"}""", 422)]
    [InlineData("""{"target":"person","subject":"s","reason":"r"}""", 422)]
    [InlineData("""{"target":"organisation","issuer":"i","reason":"r"}""", 422)]
    [InlineData("""{"target":"issuer","issuer":"i","subject":"s","reason":"r"}""", 422)]
    [InlineData("""{"target":"person","issuer":"i","subject":"s"}""", 422)]
    [InlineData("""{"target":"everything","issuer":"i","reason":"r"}""", 400)]
    [InlineData("""{"target":2,"issuer":"i","subject":"s","reason":"r"}""", 400)]
    public async Task A_revocation_that_names_nothing_clearly_is_refused(string body, int status) =>
        (await access.AdminAsync("/admin/revocations", access.Staff("operator", "operator"), body)).Expect(status);

    private async Task<HttpStatusCode> AskAsync(string token)
    {
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        return (await access.Gateway.SendAsync(TheGateway.Ask("hello"), token)).Status;
    }

    private async Task<string> StandingAsync(string token, string category)
    {
        var standing = (await access.GetAsync("/v1/access/me", token)).Expect(200).Body.GetProperty("categories").EnumerateArray()
            .Single(item => item.GetProperty("category").GetString() == category);
        return standing.TryGetProperty("grant", out _) && standing.GetProperty("open").GetBoolean() ? "granted" : "closed";
    }
}
