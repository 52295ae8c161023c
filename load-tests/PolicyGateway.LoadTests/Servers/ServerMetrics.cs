using System.Globalization;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>What a server says of itself on its management address, in the Prometheus text format, at one moment.</summary>
internal sealed class ServerMetrics
{
    // The exporter answers out of its cache for 300 ms.
    private static readonly TimeSpan Cached = TimeSpan.FromMilliseconds(400);

    private readonly string[] _lines;

    private ServerMetrics(string[] lines) => _lines = lines;

    public static async Task<ServerMetrics> ReadAsync(int management, CancellationToken cancellationToken)
    {
        await Task.Delay(Cached, cancellationToken);
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{management}/metrics"), cancellationToken);
        return new ServerMetrics(text.Split('\n'));
    }

    /// <summary>The sum over all of a metric's label sets that hold <paramref name="label"/>; 0 where there is none yet.</summary>
    public double Sum(string metric, string label = "") => _lines
        .Where(line => line.StartsWith(metric, StringComparison.Ordinal)
            && line.Length > metric.Length && line[metric.Length] is '{' or ' '
            && line.Contains(label, StringComparison.Ordinal))
        .Sum(Value);

    /// <summary>Whether the server has such a metric at all.</summary>
    public bool Has(string metric) => _lines.Any(line => line.StartsWith(metric, StringComparison.Ordinal));

    private static double Value(string line)
    {
        // A time may stand behind the value.
        var rest = line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(line.Contains('}', StringComparison.Ordinal) ? rest[0] : rest[1], CultureInfo.InvariantCulture);
    }
}
