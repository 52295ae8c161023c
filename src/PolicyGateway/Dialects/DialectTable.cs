using System.Collections.Frozen;
using PolicyGateway.Dialects.OpenAIChat;
using PolicyGateway.Dialects.OpenAICompletions;
using PolicyGateway.Dialects.OpenAIEmbeddings;
using PolicyGateway.Dialects.OpenAIRerank;
using PolicyGateway.Dialects.OpenAIResponses;

namespace PolicyGateway.Dialects;

/// <summary>
/// The one table of paths that reach a backend. Routing, authentication, policy and extraction all follow from it: a path
/// without a dialect does not exist.
/// </summary>
internal sealed class DialectTable
{
    private readonly FrozenDictionary<string, IDialect> _byPath;

    public DialectTable()
    {
        var chat = new ChatDialect();
        Routes =
        [
            new("/v1/chat/completions", chat),
            new("/v1/responses", new ResponsesDialect()),
            new("/v1/completions", new CompletionsDialect()),
            new("/v1/embeddings", new EmbeddingsDialect()),
            new("/v1/rerank", new RerankDialect()),
        ];
        _byPath = Routes.ToFrozenDictionary(route => route.Path, route => route.Dialect);
    }

    public IReadOnlyList<DialectRoute> Routes { get; }

    /// <summary>The dialect of a route; its id is its path.</summary>
    public IDialect this[string routeId] => _byPath[routeId];
}

/// <summary>A path and the protocol that is spoken there.</summary>
/// <param name="Path">A route pattern; <c>{model}</c> in it is the model.</param>
/// <param name="Dialect">The protocol.</param>
internal sealed record DialectRoute(string Path, IDialect Dialect);
