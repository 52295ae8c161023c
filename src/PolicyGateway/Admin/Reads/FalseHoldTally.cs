using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Admin.Reads;

/// <summary>Counts refusals by groups of callers, and what became of appeals against them.</summary>
internal sealed class FalseHoldTally
{
    /// <summary>Refusals that an organisation must have to be shown by itself.</summary>
    public const int FewestOfOrganisation = 20;

    private readonly Dictionary<string, Group> _tiers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Group> _categories = new(StringComparer.Ordinal);
    private readonly Dictionary<OrganisationRef, Group> _organisations = [];

    public void Add(AuditLine line)
    {
        foreach (var group in Groups(line))
        {
            group.Refusals++;
        }
    }

    public void Add(FalseHoldTally other)
    {
        Add(_tiers, other._tiers);
        Add(_categories, other._categories);
        Add(_organisations, other._organisations);
    }

    /// <summary>Adds what became of an appeal against a refusal that was counted.</summary>
    public void Add(AuditLine line, AppealStatus appeal)
    {
        foreach (var group in Groups(line))
        {
            group.Add(appeal);
        }
    }

    public FalseHolds ToView()
    {
        var shown = _organisations.Where(static pair => pair.Value.Refusals >= FewestOfOrganisation).ToList();
        return new FalseHolds(
            Views(_tiers),
            Views(_categories),
            [.. shown.OrderBy(static pair => pair.Key.Issuer, StringComparer.Ordinal).ThenBy(static pair => pair.Key.Name, StringComparer.Ordinal).Select(static pair => pair.Value.ToView(pair.Key.Name, pair.Key.Issuer))],
            _organisations.Count - shown.Count);
    }

    private static IReadOnlyList<FalseHoldCount> Views(Dictionary<string, Group> groups) =>
        [.. groups.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => pair.Value.ToView(pair.Key, null))];

    private IEnumerable<Group> Groups(AuditLine line)
    {
        // A refusal without a category held no text: it asked for a login, or could not be read.
        if (line.Text("outcome") != "refused" || line.Text("category") is not { } category)
        {
            yield break;
        }

        yield return Of(_tiers, line.Text("tier") ?? "");
        yield return Of(_categories, category);
        if (line is { Issuer: { } issuer, Organisation: { } organisation })
        {
            yield return Of(_organisations, new OrganisationRef(issuer, organisation));
        }
    }

    private static void Add<TKey>(Dictionary<TKey, Group> groups, Dictionary<TKey, Group> others)
        where TKey : notnull
    {
        foreach (var (key, other) in others)
        {
            Of(groups, key).Refusals += other.Refusals;
        }
    }

    private static Group Of<TKey>(Dictionary<TKey, Group> groups, TKey key)
        where TKey : notnull => groups.TryGetValue(key, out var group) ? group : groups[key] = new Group();

    private sealed class Group
    {
        private int _appeals;
        private int _decided;
        private int _mistakes;

        public int Refusals { get; set; }

        public void Add(AppealStatus appeal)
        {
            _appeals++;
            _decided += appeal is AppealStatus.Open ? 0 : 1;
            _mistakes += appeal is AppealStatus.Mistake ? 1 : 0;
        }

        public FalseHoldCount ToView(string name, string? issuer) =>
            new(name, issuer, Refusals, _appeals, _mistakes, Rate.From(_mistakes, Refusals), Rate.From(_mistakes, _decided));
    }
}
