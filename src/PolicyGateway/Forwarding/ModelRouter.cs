using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity;
using PolicyGateway.Privacy;
using Yarp.ReverseProxy;

namespace PolicyGateway.Forwarding;

/// <summary>Which models a caller may name, by which names, and which clusters serve each.</summary>
internal sealed class ModelRouter(IOptions<BackendOptions> options, TierLadder ladder, PrivacyKey privacy, IProxyStateLookup clusters)
{
    /// <summary>The model behind every name: its own and its aliases.</summary>
    private readonly FrozenDictionary<string, string> _models = options.Value.Models
        .SelectMany(entry => entry.Value.Aliases.Prepend(entry.Key).Select(name => (Name: name, Model: entry.Key)))
        .ToFrozenDictionary(pair => pair.Name, pair => pair.Model, StringComparer.Ordinal);

    private readonly FrozenSet<string> _named = options.Value.Clusters.Where(static entry => entry.Value.SendsPseudonym).Select(static entry => entry.Key).ToFrozenSet();

    /// <summary>Names of models that this caller sees, in order.</summary>
    public IEnumerable<string> VisibleTo(Caller caller) =>
        _models.Keys.Where(name => IsVisible(name, caller)).Order(StringComparer.Ordinal);

    /// <summary>A name that is not listed, or whose model is not for this caller, does not exist.</summary>
    public bool IsVisible(string name, Caller caller) => Find(name, caller.Tier) is { } model && caller.IsFor(model);

    /// <summary>The own name of the model that somebody of a tier may name so; null where there is none. An alias has no tier of its own.</summary>
    public string? Find(string name, Tier tier) =>
        _models.TryGetValue(name, out var model)
        && (options.Value.Models[model].Tier is not { } least || (ladder.TryGet(least, out var needed) && tier.AtLeast(needed)))
            ? model
            : null;

    /// <summary>Finds who may answer the request: its model, then those fallbacks of it that the caller may use, too.</summary>
    public bool TryRoute(HttpContext context, string name, Caller caller)
    {
        if (!IsVisible(name, caller) || Serve(_models[name], caller) is not { } model)
        {
            return false;
        }

        context.Features.Set(new ServedModels(
            [model, .. options.Value.Models[model.Name].Fallbacks.Where(fallback => IsVisible(fallback, caller)).Select(fallback => Serve(fallback, caller)).OfType<ServedModel>()]));
        return true;
    }

    private ServedModel? Serve(string name, Caller caller)
    {
        var model = options.Value.Models[name];
        return clusters.TryGetCluster(model.Cluster, out var cluster)
            ? new ServedModel(name, model.Upstream ?? name, cluster) { EndUser = EndUserOf(model.Cluster, caller) }
            : null;
    }

    /// <summary>Callers without a token are one person, whom no token can name.</summary>
    private string? EndUserOf(string cluster, Caller caller) => _named.Contains(cluster)
        ? privacy.PseudonymOf(cluster, caller.Tenant, caller.Issuer, caller.Subject)
        : null;
}
