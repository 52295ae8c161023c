using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>Who appeals where whoever was refused is no person: each refusal that can be appealed by its own words can be by somebody.</summary>
public sealed class WhoAppealsTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Fact]
    public async Task What_somebody_without_a_token_was_refused_a_person_who_has_its_id_appeals()
    {
        access.Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        var refusal = (await access.Gateway.SendAsync(TheGateway.Ask("hello"), null)).Error;
        var id = refusal.GetProperty("decision_id").GetString()!;

        var appeal = (await AppealAsync(access.Person("was-anonymous"), id)).Expect(201);

        Assert.Equal((refusal.GetProperty("category").GetString(), refusal.GetProperty("code").GetString()), (appeal.Text("category"), appeal.Text("refusal_reason")));
        (await AppealAsync(access.Person("comes-later"), id)).Expect(409);
        (await AppealAsync(access.Person("guesses"), "dec_" + Guid.NewGuid().ToString("n"))).Expect(404);
        (await access.GetAsync($"/v1/access/decisions/{id}", access.Person("was-anonymous"))).Expect(404);
    }

    [Fact]
    public async Task What_an_organisations_key_was_refused_a_person_of_it_appeals_and_nobody_elses()
    {
        var key = (await access.AdminAsync("/admin/keys", access.Staff("root", "administrator"), new { name = "batch", days = 10, organisation = new { issuer = AccessGateway.Issuer, name = "appeals-org" } })).Expect(201).Text("key");
        var (ofKey, ofColleague) = (await access.RefusedAsync(key), await access.RefusedAsync(access.Person("colleague", "appeals-org")));
        var member = access.Person("member", "appeals-org");

        (await AppealAsync(access.Person("of-none"), ofKey)).Expect(404);
        (await AppealAsync(access.Person("of-another", "another-org"), ofKey)).Expect(404);
        (await AppealAsync(member, ofColleague)).Expect(404);
        var appeal = (await AppealAsync(member, ofKey)).Expect(201).Text("id");
        (await AppealAsync(access.Person("second-member", "appeals-org"), ofKey)).Expect(409);

        (await access.GetAsync($"/v1/access/appeals/{appeal}", access.Person("second-member", "appeals-org"))).Expect(404);
        (await access.AdminAsync($"/admin/appeals/{appeal}/decide", access.Staff("decides", "approver"), new { status = "mistake", reason = "It was harmless." })).Expect(200);
    }

    [Fact]
    public async Task What_somebody_who_was_erased_was_refused_nobody_else_appeals()
    {
        var refused = await access.RefusedAsync(access.Person("erased-appellant", "erased-org"));
        (await access.AdminAsync("/admin/privacy/erase", access.Staff("erases", "administrator"), new { issuer = AccessGateway.Issuer, subject = "erased-appellant", reason = "He asked for it." })).Expect(200);

        (await AppealAsync(access.Person("finds-it", "erased-org"), refused)).Expect(404);
    }

    private Task<Reply> AppealAsync(string token, string decision) => access.PostAsync("/v1/access/appeals", token, new { decision_id = decision, statement = "It was harmless." });
}
