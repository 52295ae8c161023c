using System.Diagnostics;
using OpenTelemetry;

namespace PolicyGateway.Telemetry;

/// <summary>
/// The last to see a span before it is exported. What a client wrote freely does not leave in one: a server span keeps
/// listed tags only, no span keeps an address with a query, and no value is long.
/// </summary>
internal sealed class SpanHygiene : BaseProcessor<Activity>
{
    public const int LongestValue = 256;

    public const int MostTags = 64;

    // Not here, because a client chooses their text: url.path, url.query, user_agent.original, server.address (the Host
    // header), http.request.method_original, http.request.header.*.
    private static readonly HashSet<string> ServerTags = new(StringComparer.Ordinal)
    {
        "http.request.method", "http.response.status_code", "http.route", "error.type", "url.scheme",
        "network.protocol.name", "network.protocol.version",
    };

    private static readonly string[] OwnPrefixes = ["gen_ai.", "policygateway.", "otel."];

    public override void OnEnd(Activity data)
    {
        // Tags cannot be changed while they are enumerated; nearly always there is nothing to change.
        List<KeyValuePair<string, object?>>? changes = null;
        var count = 0;
        foreach (ref readonly var tag in data.EnumerateTagObjects())
        {
            count++;
            if (count > MostTags || !MayLeave(data.Kind, tag.Key))
            {
                (changes ??= []).Add(new(tag.Key, null));
            }
            else if (tag.Value is string { Length: > LongestValue } text)
            {
                (changes ??= []).Add(new(tag.Key, text[..LongestValue]));
            }
        }

        foreach (var change in changes ?? [])
        {
            data.SetTag(change.Key, change.Value);
        }
    }

    private static bool MayLeave(ActivityKind kind, string tag) =>
        tag is not ("url.full" or "url.query") && (kind != ActivityKind.Server || ServerTags.Contains(tag) || IsOwn(tag));

    private static bool IsOwn(string tag)
    {
        foreach (var prefix in OwnPrefixes)
        {
            if (tag.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
