using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace PolicyGateway.Tests.Access;

/// <summary>What an address says of its own API, held against whatever it answers in any test of access.</summary>
internal sealed class DescribedApi(HttpClient client, string name, HttpClient pages)
{
    private static readonly string[] Headers = ["ETag", "Retry-After", "WWW-Authenticate", "DPoP-Nonce", "Idempotency-Replayed"];

    private readonly ConcurrentDictionary<string, bool> _types = new(StringComparer.Ordinal);
    private readonly Lazy<Task<JsonElement>> _document = new(() => client.GetFromJsonAsync<JsonElement>($"/openapi/{name}.json"));

    /// <summary>An operation's description; null where there is none.</summary>
    public async Task<JsonElement?> FindAsync(HttpMethod method, string path)
    {
        var wanted = path.Split('?')[0].Split('/');
        var found = (await _document.Value).GetProperty("paths").EnumerateObject()
            .Where(item => item.Name.Split('/') is var parts && parts.Length == wanted.Length && parts.Zip(wanted).All(static pair => pair.First == pair.Second || pair.First.StartsWith('{')))
            .OrderBy(static item => item.Name.Count(static c => c == '{'))
            .FirstOrDefault();
        return found.Value.ValueKind == JsonValueKind.Object && found.Value.TryGetProperty(method.Method.ToLowerInvariant(), out var operation) ? operation : null;
    }

    /// <summary>Parameters of an operation that stand in its query or in its header.</summary>
    public static string[] Parameters(JsonElement operation, string place) => operation.TryGetProperty("parameters", out var list)
        ? [.. list.EnumerateArray().Where(item => item.GetProperty("in").GetString() == place).Select(static item => item.GetProperty("name").GetString()!)]
        : [];

    /// <summary>Fails where an answer is not one that is described, or a problem's type leads nowhere.</summary>
    public async Task CheckAsync(HttpResponseMessage response)
    {
        var (request, status) = (response.RequestMessage!, (int)response.StatusCode);
        if (await FindAsync(request.Method, request.RequestUri!.AbsolutePath) is not { } operation)
        {
            return;
        }

        var said = $"{request.Method} {request.RequestUri.AbsolutePath} {status}";
        Assert.True(operation.GetProperty("responses").TryGetProperty($"{status}", out var described), said + " is not described.");
        foreach (var header in Headers.Where(header => response.Headers.Contains(header)))
        {
            Assert.True(described.TryGetProperty("headers", out var headers) && headers.TryGetProperty(header, out _), $"{said} does not describe {header}.");
        }

        if (status >= 400)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.EndsWith("/Problem", described.GetProperty("content").GetProperty("application/problem+json").GetProperty("schema").GetProperty("$ref").GetString(), StringComparison.Ordinal);
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            var type = new Uri(problem.RootElement.GetProperty("type").GetString()!).AbsolutePath;
            if (_types.TryAdd(type, true))
            {
                Assert.Equal((type, 200), (type, (int)(await pages.GetAsync(new Uri(type, UriKind.Relative))).StatusCode));
            }
        }
    }
}
