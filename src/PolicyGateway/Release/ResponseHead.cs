using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Release;

/// <summary>Status and headers that leave with the first released byte: an allow-list, and our own.</summary>
internal static class ResponseHead
{
    /// <summary>Carries the decision's id on every answer, under the name that SDKs read a request id from.</summary>
    public const string RequestId = "x-request-id";

    private static readonly string[] Allowed = [HeaderNames.ContentType, HeaderNames.RetryAfter, "openai-processing-ms", "x-should-retry"];

    /// <summary>Whether a header of that name leaves with an answer.</summary>
    public static bool Passes(string name) =>
        Allowed.Contains(name, StringComparer.OrdinalIgnoreCase) || name.Equals(RequestId, StringComparison.OrdinalIgnoreCase);

    public static void CopyTo(IHttpResponseFeature client, HeldResponse backend, string decisionId)
    {
        client.StatusCode = backend.StatusCode;
        foreach (var name in Allowed)
        {
            // One value of the header's own form: nobody hides a completion in a header.
            var values = backend.Headers[name];
            if (values.Count == 1 && Plain(name, values[0]!) is { } value)
            {
                client.Headers[name] = value;
            }
        }

        Stamp(client, decisionId);
    }

    /// <summary>The value in the form that the header should have; null for anything else.</summary>
    private static string? Plain(string name, string value)
    {
        if (name == HeaderNames.ContentType)
        {
            return MediaTypeHeaderValue.TryParse(value, out var type) && type.MediaType.Length <= 64
                ? type.Charset.HasValue ? $"{type.MediaType}; charset={type.Charset}" : type.MediaType.ToString()
                : null;
        }

        var isExpected = name == "x-should-retry"
            ? value is "true" or "false"
            : value.Length <= 8 && double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);
        return isExpected ? value : null;
    }

    /// <summary>What every answer of the gateway carries.</summary>
    public static void Stamp(IHttpResponseFeature client, string decisionId)
    {
        client.Headers[RequestId] = decisionId;
        client.Headers.CacheControl = "no-store";
        client.Headers.XContentTypeOptions = "nosniff";
    }
}
