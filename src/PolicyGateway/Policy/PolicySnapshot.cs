using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>One policy, compiled against a tier ladder and a classifier's heads: immutable, swapped whole.</summary>
internal sealed class PolicySnapshot
{
    private readonly FrozenDictionary<string, PolicyCategory> _byId;
    private readonly FrozenDictionary<string, PolicyMode> _tenants;
    private readonly PolicyJudge _judge;

    // Callers differ in a few ways only, so that their masks repeat; building a frozen set costs microseconds.
    private readonly ConcurrentDictionary<ulong, Clearance> _clearances = new();

    private PolicySnapshot(PolicyDocument document, ImmutableArray<PolicyCategory> categories, ClassifierProfile profile)
    {
        (Document, Profile) = (document, profile);
        Version = document.Version;
        Name = document.Name ?? "";
        Mode = document.Mode;
        AllowsAnonymous = document.Anonymous == PolicyResponse.Allow;
        OnUnknown = document.OnUnknown;
        UnclassifiedInput = document.UnclassifiedInput;
        Release = document.Release;
        ModerationScores = document.ModerationScores;
        Categories = categories;
        AllowsUnjudged = categories.All(category => category.AllowUnjudged);
        GatesNothing = categories.All(category => category.GatesNothing);
        _byId = categories.ToFrozenDictionary(category => category.Id, StringComparer.Ordinal);
        _tenants = document.Tenants.ToFrozenDictionary(tenant => tenant.Name, tenant => tenant.Mode, StringComparer.Ordinal);
        _judge = new PolicyJudge(categories, profile);
    }

    /// <summary>What it was compiled from.</summary>
    public PolicyDocument Document { get; }

    /// <summary>The classifier's profile that it was compiled against: only that classifier's scores mean anything here.</summary>
    public ClassifierProfile Profile { get; }

    /// <summary>Hash of the policy's content, stamped on every decision.</summary>
    public string Version { get; }

    public string Name { get; }

    /// <summary>The mode of every tenant that the policy does not name.</summary>
    public PolicyMode Mode { get; }

    /// <summary>Whether a caller without a token is served, in every mode; else they are asked to authenticate.</summary>
    public bool AllowsAnonymous { get; }

    public PolicyResponse OnUnknown { get; }

    public PolicyResponse UnclassifiedInput { get; }

    /// <summary>How early a stream may leave whose prompt is in no doubt; a verdict may be stricter.</summary>
    public ReleaseMode Release { get; }

    /// <summary>Whether those who may ask the classifier itself are told scores, and not only what was found.</summary>
    public bool ModerationScores { get; }

    /// <summary>By id; a category stands before those nested in it.</summary>
    public ImmutableArray<PolicyCategory> Categories { get; }

    /// <summary>Whether every category accepts, by name, that its text leaves before it is judged.</summary>
    public bool AllowsUnjudged { get; }

    /// <summary>Whether no category stands in the way of any text.</summary>
    public bool GatesNothing { get; }

    /// <summary>
    /// Compiles a document that the <see cref="PolicyValidator"/> found no fault in; see <see cref="PolicyCheck"/> for both
    /// in one step.
    /// </summary>
    public static PolicySnapshot Compile(PolicyDocument document, TierLadder ladder, ClassifierProfile profile) =>
        new(document, new PolicyCompiler(document, ladder, profile).Compile(), profile);

    /// <summary>How the policy is applied to a tenant.</summary>
    public PolicyMode ModeFor(string? tenant) =>
        tenant is not null && _tenants.TryGetValue(tenant, out var mode) ? mode : Mode;

    /// <summary>Whether the caller must authenticate before anything else; no verdict is needed for that, so shadow asks, too.</summary>
    public bool AsksForAuthentication(Caller caller) =>
        caller.IsAnonymous && !AllowsAnonymous && ModeFor(caller.Tenant) != PolicyMode.Off;

    /// <summary>The policy key that <see cref="ModeFor"/> follows.</summary>
    public string ModeKeyFor(string? tenant) =>
        tenant is not null && _tenants.ContainsKey(tenant) ? $"tenants.{tenant}.mode" : "mode";

    /// <summary>What scores mean under this policy: thresholds, bands, inherited heads, severity rules.</summary>
    public Verdict Judge(Scores scores) => _judge.Judge(scores);

    /// <summary>Whether a verdict is a doubt and nothing else, so that the operator's guard may decide it.</summary>
    public bool IsInDoubt(Scores scores, Verdict verdict) => _judge.IsInDoubt(scores, verdict);

    /// <summary>The index of one of the classifier's heads in scores, or -1.</summary>
    public int HeadOf(string head) => _judge.HeadOf(head);

    public bool TryGet(string category, [NotNullWhen(true)] out PolicyCategory? found) => _byId.TryGetValue(category, out found);

    /// <summary>The clearance that opens the categories for which <paramref name="isOpen"/> holds.</summary>
    internal Clearance ClearanceOf(Func<PolicyCategory, bool> isOpen)
    {
        if (Categories.Length > 64)
        {
            return Clearance(isOpen);
        }

        var mask = 0UL;
        for (var i = 0; i < Categories.Length; i++)
        {
            mask |= isOpen(Categories[i]) ? 1UL << i : 0;
        }

        return _clearances.GetOrAdd(mask, static (_, build) => build.Snapshot.Clearance(build.IsOpen), (Snapshot: this, IsOpen: isOpen));
    }

    private Clearance Clearance(Func<PolicyCategory, bool> isOpen) =>
        new(Categories.Where(isOpen).Select(category => category.Id).ToFrozenSet(StringComparer.Ordinal));
}
