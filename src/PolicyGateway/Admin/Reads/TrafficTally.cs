using System.Text.Json;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>Counts the requests of an hour by category.</summary>
/// <param name="at">When the hour began.</param>
internal sealed class TrafficTally(DateTimeOffset at)
{
    private readonly TrafficCount _zero = new(at, null, 0, 0, 0, 0, 0, 0);
    private readonly Dictionary<string, TrafficCount> _counts = new(StringComparer.Ordinal);

    public void Add(AuditLine line)
    {
        var category = line.Text("category");
        var count = _counts.GetValueOrDefault(category ?? "") ?? _zero with { Category = category };
        _counts[category ?? ""] = line.Text("outcome") switch
        {
            // An intent is of a request whose end is counted by itself.
            "pending" => count with { Gated = count.Gated + 1 },
            "released" => count with { Released = count.Released + 1, Unknown = count.Unknown + Unknown(line) },
            "refused" => count with { Refused = count.Refused + 1, Unknown = count.Unknown + Unknown(line) },
            "upstream_failed" => count with { UpstreamFailed = count.UpstreamFailed + 1, Unknown = count.Unknown + Unknown(line) },
            _ => count with { Aborted = count.Aborted + 1, Unknown = count.Unknown + Unknown(line) },
        };
    }

    /// <summary>The sums of many hours by bucket and category.</summary>
    public static IReadOnlyList<TrafficCount> Sum(IEnumerable<TrafficTally> hours, Bucket bucket) =>
    [
        .. hours.SelectMany(static hour => hour._counts.Values)
            .Select(count => bucket == Bucket.Hour ? count : count with { At = new DateTimeOffset(count.At.Date, TimeSpan.Zero) })
            .GroupBy(static count => (count.At, count.Category))
            .OrderBy(static group => group.Key.At).ThenBy(static group => group.Key.Category, StringComparer.Ordinal)
            .Select(static group => group.Aggregate(Sum)),
    ];

    private static TrafficCount Sum(TrafficCount one, TrafficCount other) => one with
    {
        Released = one.Released + other.Released,
        Gated = one.Gated + other.Gated,
        Refused = one.Refused + other.Refused,
        Aborted = one.Aborted + other.Aborted,
        UpstreamFailed = one.UpstreamFailed + other.UpstreamFailed,
        Unknown = one.Unknown + other.Unknown,
    };

    private static int Unknown(AuditLine line) => IsUnknown(line, "prompt") || IsUnknown(line, "completion") ? 1 : 0;

    private static bool IsUnknown(AuditLine line, string side) =>
        line.Payload.TryGetProperty(side, out var verdict) && verdict.ValueKind == JsonValueKind.Object && verdict.TryGetProperty("unknown", out _);
}
