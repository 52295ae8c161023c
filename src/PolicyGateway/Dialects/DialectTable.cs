using System.Collections.Frozen;
using PolicyGateway.Dialects.Anthropic;
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
        var messages = new MessagesDialect();
        Routes =
        [
            new("/v1/chat/completions", chat),
            new("/v1/responses", new ResponsesDialect()),
            new("/v1/completions", new CompletionsDialect()),
            new("/v1/embeddings", new EmbeddingsDialect()),
            new("/v1/rerank", new RerankDialect()),
            new("/v1/messages", messages),
            new("/v1/messages/count_tokens", new CountTokensDialect(messages)),
        ];
        _byPath = Routes.ToFrozenDictionary(route => route.Path, route => route.Dialect);
    }

    public IReadOnlyList<DialectRoute> Routes { get; }

    /// <summary>The dialect of a route; its id is its path.</summary>
    public IDialect this[string routeId] => _byPath[routeId];

    /// <summary>
    /// Whose errors a client understands on a path that may have no dialect: of the path above it, of the protocol whose
    /// version it names, else OpenAI's.
    /// </summary>
    public IDialect Nearest(HttpRequest request)
    {
        var near = Routes.FirstOrDefault(route => request.Path.StartsWithSegments(route.Path, StringComparison.OrdinalIgnoreCase));
        return near?.Dialect ?? this[request.Headers.ContainsKey(MessagesDialect.VersionHeader) ? "/v1/messages" : "/v1/chat/completions"];
    }
}

/// <summary>A path and the protocol that is spoken there.</summary>
/// <param name="Path">A route pattern; <c>{model}</c> in it is the model.</param>
/// <param name="Dialect">The protocol.</param>
internal sealed record DialectRoute(string Path, IDialect Dialect);
