using PolicyGateway.Identity;

namespace PolicyGateway.Forwarding;

/// <summary>The faults of <c>Backends:Models</c>. Names must leave no doubt: a model by a second name could have a second tier.</summary>
internal sealed class ModelCheck(BackendOptions options, IConfiguration configuration)
{
    private readonly List<string> _faults = [];

    public IReadOnlyList<string> Faults()
    {
        if (options.Models.Count == 0)
        {
            _faults.Add("Backends:Models must name at least one model and its cluster.");
        }

        // Not the ladder in service: faults of Identity must not hide those of this section.
        var ladder = new TierLadder((configuration.GetSection(IdentityOptions.Section).Get<IdentityOptions>() ?? new IdentityOptions()).TierNames().Distinct());
        foreach (var (name, model) in options.Models)
        {
            var key = $"Backends:Models:{name}";
            if (!options.Clusters.ContainsKey(model.Cluster))
            {
                _faults.Add($"{key}:Cluster must be one of Backends:Clusters, and '{model.Cluster}' is none.");
            }

            if (model.Tier is { } tier && !ladder.TryGet(tier, out _))
            {
                _faults.Add($"{key}:Tier must be one of Identity:Tiers, and '{tier}' is none.");
            }

            CheckFallbacks(key, name, model);
        }

        CheckAliases();
        CheckUpstreams();
        return _faults;
    }

    private void CheckFallbacks(string key, string name, ModelOptions model)
    {
        for (var i = 0; i < model.Fallbacks.Count; i++)
        {
            var fallback = model.Fallbacks[i];
            if (!options.Models.ContainsKey(fallback) || fallback == name || model.Fallbacks.IndexOf(fallback) != i)
            {
                _faults.Add($"{key}:Fallbacks:{i} must be another of Backends:Models by its own name, once, and '{fallback}' is not.");
            }
        }
    }

    private void CheckAliases()
    {
        // Keys of the configuration do not tell case apart, so names that differ in nothing else are the same to people.
        var taken = options.Models.Keys.ToDictionary(name => name, name => $"Backends:Models:{name}", StringComparer.OrdinalIgnoreCase);
        foreach (var (name, model) in options.Models)
        {
            for (var i = 0; i < model.Aliases.Count; i++)
            {
                var key = $"Backends:Models:{name}:Aliases:{i}";
                if (string.IsNullOrWhiteSpace(model.Aliases[i]))
                {
                    _faults.Add($"{key} must be a name.");
                }
                else if (!taken.TryAdd(model.Aliases[i], key))
                {
                    _faults.Add($"{key} must be a name of its own, and '{model.Aliases[i]}' is taken by {taken[model.Aliases[i]]}.");
                }
            }
        }
    }

    private void CheckUpstreams()
    {
        var taken = new Dictionary<(string Cluster, string Upstream), string>();
        foreach (var (name, model) in options.Models.OrderBy(entry => entry.Value.Upstream is not null))
        {
            var key = $"Backends:Models:{name}:Upstream";
            if (model.Upstream is not null && string.IsNullOrWhiteSpace(model.Upstream))
            {
                _faults.Add($"{key} must be a name, or be left out.");
            }
            else if (!taken.TryAdd((model.Cluster, model.Upstream ?? name), name))
            {
                _faults.Add($"{key} must differ from that of '{taken[(model.Cluster, model.Upstream ?? name)]}' in the same cluster: a model has one tier. Give one model Aliases instead.");
            }
        }
    }
}
