using System.Collections.Immutable;
using PolicyGateway.Forwarding;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Access.Keys;

/// <summary>What a key is made to leave of what is its holder's: checked when it is made, and narrowing it for as long as it counts.</summary>
internal sealed class KeyScopes(IPolicySource policy, ModelRouter models)
{
    private const int MostModels = 100;

    /// <summary>The key with the scope of its draft: for inference alone where that does not say.</summary>
    /// <param name="key">A key that is not narrowed yet.</param>
    /// <param name="draft">What it is to be.</param>
    /// <param name="tier">The key's tier: models above it are none that it could name.</param>
    public AccessResult<ApiKey> Narrow(ApiKey key, KeyDraft draft, Tier tier)
    {
        if (ApiScopes.Parse(draft.Scope ?? ApiScopes.Word(ApiScope.Inference)) is not { } scope)
        {
            return AccessFault.Invalid($"scope: one or more of {ApiScopes.All}, each once, with one space between.");
        }

        // To ask the classifier takes no model, and opens no category: what a key for that alone is narrowed to would narrow nothing.
        if (!scope.Contains(ApiScope.Inference) && (draft.Models is not null || draft.Categories is not null))
        {
            return AccessFault.Invalid($"scope: models and categories are of a key for {ApiScopes.Word(ApiScope.Inference)}.");
        }

        // An alias counts as its model, whatever it comes to mean later.
        var named = draft.Models?.Select(name => name is null ? null : models.Find(name, tier)).ToArray();
        if (named is not null && (named.Length is 0 or > MostModels || named.Contains(null) || IsDoubled(named)))
        {
            return AccessFault.Invalid($"models: 1 to {MostModels}, each once, by names that are open to the key's tier; leave it out for all of them.");
        }

        var categories = draft.Categories;
        return categories is { Length: > 0 } && (IsDoubled(categories) || !GrantTerms.Of(policy.Current, categories!).IsOpenable)
            ? AccessFault.Invalid("categories: those of the policy that open to somebody, each once; an empty list for ordinary work only; leave it out for all that the holder may open.")
            : key with { Scope = scope, Models = named?.ToImmutableArray()!, Categories = categories?.ToImmutableArray()! };
    }

    private static bool IsDoubled(string?[] texts) => texts.Distinct(StringComparer.Ordinal).Count() != texts.Length;
}
