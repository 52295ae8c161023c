using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Admin.Reads;

/// <summary>Counts refusals, and what became of appeals against them, by groups of callers.</summary>
/// <param name="appealed">What became of each appeal, by the decision that it is against.</param>
internal sealed class FalseHoldTally(IReadOnlyDictionary<string, AppealStatus> appealed)
{
    /// <summary>Refusals that an organisation must have to be shown by itself.</summary>
    public const int FewestOfOrganisation = 20;

    private readonly Dictionary<string, Group> _tiers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Group> _categories = new(StringComparer.Ordinal);
    private readonly Dictionary<OrganisationRef, Group> _organisations = [];

    public void Add(AuditLine line)
    {
        // A refusal without a category held no text: it asked for a login, or could not be read.
        if (line.Text("outcome") != "refused" || line.Text("category") is not { } category)
        {
            return;
        }

        var appeal = line.Text("decision") is { } id && appealed.TryGetValue(id, out var status) ? status : (AppealStatus?)null;
        Of(_tiers, line.Text("tier") ?? "").Add(appeal);
        Of(_categories, category).Add(appeal);
        if (line is { Issuer: { } issuer, Organisation: { } organisation })
        {
            Of(_organisations, new OrganisationRef(issuer, organisation)).Add(appeal);
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

    private static Group Of<TKey>(Dictionary<TKey, Group> groups, TKey key)
        where TKey : notnull => groups.TryGetValue(key, out var group) ? group : groups[key] = new Group();

    private sealed class Group
    {
        private int _appeals;
        private int _decided;
        private int _mistakes;

        public int Refusals { get; private set; }

        public void Add(AppealStatus? appeal)
        {
            Refusals++;
            _appeals += appeal is null ? 0 : 1;
            _decided += appeal is null or AppealStatus.Open ? 0 : 1;
            _mistakes += appeal is AppealStatus.Mistake ? 1 : 0;
        }

        public FalseHoldCount ToView(string name, string? issuer) =>
            new(name, issuer, Refusals, _appeals, _mistakes, Rate.From(_mistakes, Refusals), Rate.From(_mistakes, _decided));
    }
}
