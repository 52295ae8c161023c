using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.Bundles;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Access;

/// <summary>
/// What a key leaves of what is its holder's, as one table: what its holder was granted, what the key is narrowed to, which model is asked
/// and what the text is. Every cell is a real key and a request over real HTTP.
/// </summary>
public sealed class KeyScopeTruthTableTests : IAsyncLifetime
{
    private const string Policy = """
        {
          "name": "scopes", "anonymous": "allow",
          "severity": [ { "severity": "prohibited", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"] } },
            "fraud": { "requires": { "tier": "verified", "any_of": [] } },
            "bio": { "requires": { "tier": "verified", "any_of": [], "acr_values": ["phr"] } },
            "other": { "head": "flagged", "fallback": true }
          }
        }
        """;

    /// <summary>
    /// holder: what is granted, for all models or for one. ok: answered. scope: 403, another key opens it. verify: 403, for want of a
    /// grant. person: 403, a login that no key has opens it. never: 403 for everybody. model: 404, as if there were none.
    /// </summary>
    private const string Table = """
        holder   categories   models  m:benign  m:cyber  m:fraud  m:bio   m:prohibited  other:benign  other:cyber  other:fraud  other:bio  other:prohibited
        nothing  all          all     ok        verify   verify   person  never         ok            verify       verify       person     never
        nothing  all          m       ok        verify   verify   person  never         model         model        model        model      model
        nothing  all          other   model     model    model    model   model         ok            verify       verify       person     never
        nothing  none         all     ok        scope    scope    scope   never         ok            scope        scope        scope      never
        nothing  none         m       ok        scope    scope    scope   never         model         model        model        model      model
        nothing  none         other   model     model    model    model   model         ok            scope        scope        scope      never
        nothing  cyber        all     ok        verify   scope    scope   never         ok            verify       scope        scope      never
        nothing  cyber        m       ok        verify   scope    scope   never         model         model        model        model      model
        nothing  cyber        other   model     model    model    model   model         ok            verify       scope        scope      never
        nothing  cyber+fraud  all     ok        verify   verify   scope   never         ok            verify       verify       scope      never
        nothing  cyber+fraud  m       ok        verify   verify   scope   never         model         model        model        model      model
        nothing  cyber+fraud  other   model     model    model    model   model         ok            verify       verify       scope      never
        cyber    all          all     ok        ok       verify   person  never         ok            ok           verify       person     never
        cyber    all          m       ok        ok       verify   person  never         model         model        model        model      model
        cyber    all          other   model     model    model    model   model         ok            ok           verify       person     never
        cyber    none         all     ok        scope    scope    scope   never         ok            scope        scope        scope      never
        cyber    none         m       ok        scope    scope    scope   never         model         model        model        model      model
        cyber    none         other   model     model    model    model   model         ok            scope        scope        scope      never
        cyber    cyber        all     ok        ok       scope    scope   never         ok            ok           scope        scope      never
        cyber    cyber        m       ok        ok       scope    scope   never         model         model        model        model      model
        cyber    cyber        other   model     model    model    model   model         ok            ok           scope        scope      never
        cyber    cyber+fraud  all     ok        ok       verify   scope   never         ok            ok           verify       scope      never
        cyber    cyber+fraud  m       ok        ok       verify   scope   never         model         model        model        model      model
        cyber    cyber+fraud  other   model     model    model    model   model         ok            ok           verify       scope      never
        cyber@m  all          all     ok        ok       verify   person  never         ok            verify       verify       person     never
        cyber@m  all          m       ok        ok       verify   person  never         model         model        model        model      model
        cyber@m  all          other   model     model    model    model   model         ok            verify       verify       person     never
        cyber@m  none         all     ok        scope    scope    scope   never         ok            scope        scope        scope      never
        cyber@m  none         m       ok        scope    scope    scope   never         model         model        model        model      model
        cyber@m  none         other   model     model    model    model   model         ok            scope        scope        scope      never
        cyber@m  cyber        all     ok        ok       scope    scope   never         ok            verify       scope        scope      never
        cyber@m  cyber        m       ok        ok       scope    scope   never         model         model        model        model      model
        cyber@m  cyber        other   model     model    model    model   model         ok            verify       scope        scope      never
        cyber@m  cyber+fraud  all     ok        ok       verify   scope   never         ok            verify       verify       scope      never
        cyber@m  cyber+fraud  m       ok        ok       verify   scope   never         model         model        model        model      model
        cyber@m  cyber+fraud  other   model     model    model    model   model         ok            verify       verify       scope      never
        both     all          all     ok        ok       ok       person  never         ok            ok           ok           person     never
        both     all          m       ok        ok       ok       person  never         model         model        model        model      model
        both     all          other   model     model    model    model   model         ok            ok           ok           person     never
        both     none         all     ok        scope    scope    scope   never         ok            scope        scope        scope      never
        both     none         m       ok        scope    scope    scope   never         model         model        model        model      model
        both     none         other   model     model    model    model   model         ok            scope        scope        scope      never
        both     cyber        all     ok        ok       scope    scope   never         ok            ok           scope        scope      never
        both     cyber        m       ok        ok       scope    scope   never         model         model        model        model      model
        both     cyber        other   model     model    model    model   model         ok            ok           scope        scope      never
        both     cyber+fraud  all     ok        ok       ok       scope   never         ok            ok           ok           scope      never
        both     cyber+fraud  m       ok        ok       ok       scope   never         model         model        model        model      model
        both     cyber+fraud  other   model     model    model    model   model         ok            ok           ok           scope      never
        """;

    private readonly ScopedGateway _scoped = new();

    public Task InitializeAsync()
    {
        _scoped.Gateway.PolicyText = Policy;
        _scoped.Gateway.Changes = static services => services.AddSingleton(new ClassifierStore(new BandClassifier()));
        return _scoped.InitializeAsync();
    }

    public Task DisposeAsync() => _scoped.DisposeAsync();

    [Fact]
    public async Task Every_cell_is_what_the_table_says()
    {
        var lines = Table.Split('\n').Select(static row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var (columns, declared, found) = (lines[0][3..], lines[1..], new List<string>());
        foreach (var row in declared)
        {
            var key = await KeyAsync(row[0], row[1], row[2]);
            var cells = row[..3].ToList();
            foreach (var column in columns)
            {
                cells.Add(await CellAsync(key, column.Split(':')[0], column.Split(':')[1]));
            }

            found.Add(string.Join(' ', cells));
        }

        Assert.Equal(declared.Select(static row => string.Join(' ', row)), found);
        Assert.Equal(4 * 4 * 3, found.Distinct().Count());
    }

    private async Task<string> KeyAsync(string holder, string categories, string models)
    {
        var subject = $"{holder} {categories} {models}";
        var granted = holder switch { "nothing" => [], "both" => new[] { "cyber", "fraud" }, _ => ["cyber"] };
        if (granted.Length > 0)
        {
            var (grants, now) = (_scoped.Gateway.Services.GetRequiredService<GrantBook>(), DateTimeOffset.UtcNow);
            var grant = new Grant
            {
                Id = "grt_" + subject,
                Person = new PersonRef(DevelopmentIssuer.Issuer, subject),
                Categories = [.. granted],
                Models = holder == "cyber@m" ? ["m"] : [],
                NotBefore = now.AddSeconds(-5),
                ExpiresAt = now.AddDays(1),
            };
            Assert.True(await grants.TryWriteAsync(grant.Holder(), [grants.Set.Add(grant.Id, grant)], CancellationToken.None));
        }

        var members = (categories switch { "all" => "", "none" => ",\"categories\":[]", _ => $",\"categories\":[{Quoted(categories)}]" })
            + (models == "all" ? "" : $",\"models\":[{Quoted(models)}]");
        return (await _scoped.KeyAsync(subject, members)).Text("key");
    }

    private static string Quoted(string names) => string.Join(',', names.Split('+').Select(static name => $"\"{name}\""));

    private async Task<string> CellAsync(string key, string model, string text)
    {
        var answer = await _scoped.AskAsync(key, text switch { "benign" => "hello", "prohibited" => "cyber-prohibited", _ => text + "-flagged" }, model);
        return (answer.Status, answer.Status == HttpStatusCode.OK ? "" : answer.Code) switch
        {
            (HttpStatusCode.OK, _) => "ok",
            (HttpStatusCode.Forbidden, "outside_key_scope") => "scope",
            (HttpStatusCode.Forbidden, "verification_required") => "verify",
            (HttpStatusCode.Forbidden, "person_token_required") => "person",
            (HttpStatusCode.Forbidden, "prohibited_content") => "never",
            (HttpStatusCode.NotFound, "model_not_found") => "model",
            var (status, code) => $"{(int)status}:{code}",
        };
    }
}
