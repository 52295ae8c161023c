using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Release;

/// <summary>Status and headers that leave with the first released byte: an allow-list, and our own.</summary>
internal static class ResponseHead
{
    /// <summary>Carries the decision's id on every answer, under the name that SDKs read a request id from.</summary>
    public const string RequestId = "x-request-id";

    private static readonly string[] Allowed = [HeaderNames.ContentType, HeaderNames.RetryAfter, "openai-processing-ms", "x-should-retry"];

    public static void CopyTo(IHttpResponseFeature client, HeldResponse backend, string decisionId)
    {
        client.StatusCode = backend.StatusCode;
        foreach (var name in Allowed)
        {
            // One value of a bounded length: nobody hides a completion in a header.
            var values = backend.Headers[name];
            if (values.Count == 1 && values[0] is { Length: > 0 and <= 128 } value)
            {
                client.Headers[name] = value;
            }
        }

        Stamp(client, decisionId);
    }

    /// <summary>What every answer of the gateway carries.</summary>
    public static void Stamp(IHttpResponseFeature client, string decisionId)
    {
        client.Headers[RequestId] = decisionId;
        client.Headers.CacheControl = "no-store";
        client.Headers.XContentTypeOptions = "nosniff";
    }
}
