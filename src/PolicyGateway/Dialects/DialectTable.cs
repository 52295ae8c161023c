using System.Collections.Frozen;
using System.Text.Json;
using PolicyGateway.Dialects.Anthropic;
using PolicyGateway.Dialects.Azure;
using PolicyGateway.Dialects.Gemini;
using PolicyGateway.Dialects.Ollama;
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
        var (completions, embeddings) = (new CompletionsDialect(), new EmbeddingsDialect());
        var azureChat = new AzureDialect(chat);
        var (gemini, geminiStream, geminiCount) = (new GeminiDialect(streams: false), new GeminiDialect(streams: true), new GeminiCountDialect());
        Routes =
        [
            new("/v1/chat/completions", chat),
            new("/v1/responses", new ResponsesDialect()),
            new("/v1/completions", completions),
            new("/v1/embeddings", embeddings),
            new("/v1/rerank", new RerankDialect()),
            new("/v1/messages", messages),
            new("/v1/messages/count_tokens", new CountTokensDialect(messages)),
            new("/openai/deployments/{model}/chat/completions", azureChat),
            new("/openai/deployments/{model}/completions", new AzureDialect(completions)),
            new("/openai/deployments/{model}/embeddings", new AzureDialect(embeddings)),
            new("/openai/v1/chat/completions", azureChat),
            new("/v1beta/models/{model}:generateContent", gemini),
            new("/v1beta/models/{model}:streamGenerateContent", geminiStream),
            new("/v1beta/models/{model}:countTokens", geminiCount),
            new("/v1/models/{model}:generateContent", gemini),
            new("/v1/models/{model}:streamGenerateContent", geminiStream),
            new("/v1/models/{model}:countTokens", geminiCount),
            new("/api/chat", OllamaDialect.Chat),
            new("/api/generate", OllamaDialect.Generate),
            new("/api/embed", OllamaEmbedDialect.Many),
            new("/api/embeddings", OllamaEmbedDialect.One),
        ];
        ModelLists =
        [
            new("/v1/models", "openai.models", chat, ModelList.Write),
            new("/v1/models", "anthropic.models", messages, AnthropicModelList.Write, Header: MessagesDialect.VersionHeader),
            new("/openai/v1/models", "azure.models", azureChat, ModelList.Write),
            new("/v1beta/models", "gemini.models", gemini, GeminiModelList.Write),
            new("/api/tags", "ollama.models", OllamaDialect.Chat, OllamaModelList.Write, HasSingle: false),
        ];
        _byPath = Routes.ToFrozenDictionary(route => route.Path, route => route.Dialect);
    }

    public IReadOnlyList<DialectRoute> Routes { get; }

    /// <summary>Where a caller asks which models are open to it.</summary>
    public IReadOnlyList<ModelListRoute> ModelLists { get; }

    /// <summary>The dialect of a route; its id is its path.</summary>
    public IDialect this[string routeId] => _byPath[routeId];

    /// <summary>
    /// Whose errors a client understands on a path that may have no dialect: of the path above it, of the protocol whose
    /// version it names, else OpenAI's.
    /// </summary>
    public IDialect Nearest(HttpRequest request)
    {
        var near = Routes.FirstOrDefault(route => request.Path.StartsWithSegments(route.Path, StringComparison.OrdinalIgnoreCase))
            ?? Routes.FirstOrDefault(route => FirstSegment(route.Path) is var first && first != "/v1" && request.Path.StartsWithSegments(first, StringComparison.OrdinalIgnoreCase));
        return near?.Dialect ?? this[request.Headers.ContainsKey(MessagesDialect.VersionHeader) ? "/v1/messages" : "/v1/chat/completions"];
    }

    private static string FirstSegment(string path) => path[..path.IndexOf('/', 1)];
}

/// <summary>A path and the protocol that is spoken there.</summary>
/// <param name="Path">A route pattern; <c>{model}</c> in it is the model.</param>
/// <param name="Dialect">The protocol.</param>
internal sealed record DialectRoute(string Path, IDialect Dialect);

/// <summary>A path that lists the models which a caller may name, answered from configuration.</summary>
/// <param name="Path">The list's path; one model stands below it.</param>
/// <param name="Name">The name in records.</param>
/// <param name="Dialect">The protocol of its errors and of the caller's token.</param>
/// <param name="Write">Writes a list, or where that is null one model.</param>
/// <param name="HasSingle">Whether the protocol has a path for one model.</param>
/// <param name="Header">A request header by which the protocol is told from another with the same path; null where there is none.</param>
internal sealed record ModelListRoute(
    string Path, string Name, IDialect Dialect, Action<Utf8JsonWriter, IEnumerable<string>?, string?> Write, bool HasSingle = true, string? Header = null);
