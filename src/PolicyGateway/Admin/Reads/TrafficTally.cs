using System.Text.Json;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>Counts requests by bucket and category.</summary>
internal sealed class TrafficTally(Bucket bucket)
{
    private static readonly TrafficCount Zero = new(default, null, 0, 0, 0, 0, 0, 0);

    private readonly Dictionary<(DateTimeOffset At, string Category), TrafficCount> _counts = [];

    public void Add(AuditLine line)
    {
        var category = line.Text("category");
        var key = (Start(line.RecordedAt), category ?? "");
        var count = _counts.GetValueOrDefault(key) ?? Zero with { At = key.Item1, Category = category };
        _counts[key] = line.Text("outcome") switch
        {
            // An intent is of a request whose end is counted by itself.
            "pending" => count with { Gated = count.Gated + 1 },
            "released" => count with { Released = count.Released + 1, Unknown = count.Unknown + Unknown(line) },
            "refused" => count with { Refused = count.Refused + 1, Unknown = count.Unknown + Unknown(line) },
            "upstream_failed" => count with { UpstreamFailed = count.UpstreamFailed + 1, Unknown = count.Unknown + Unknown(line) },
            _ => count with { Aborted = count.Aborted + 1, Unknown = count.Unknown + Unknown(line) },
        };
    }

    public IReadOnlyList<TrafficCount> ToCounts() => [.. _counts.OrderBy(static pair => pair.Key.At).ThenBy(static pair => pair.Key.Category, StringComparer.Ordinal).Select(static pair => pair.Value)];

    private DateTimeOffset Start(DateTimeOffset time) => new(time.Year, time.Month, time.Day, bucket == Bucket.Hour ? time.Hour : 0, 0, 0, TimeSpan.Zero);

    private static int Unknown(AuditLine line) => IsUnknown(line, "prompt") || IsUnknown(line, "completion") ? 1 : 0;

    private static bool IsUnknown(AuditLine line, string side) =>
        line.Payload.TryGetProperty(side, out var verdict) && verdict.ValueKind == JsonValueKind.Object && verdict.TryGetProperty("unknown", out _);
}
