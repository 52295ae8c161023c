using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Streams;

/// <summary>A way from the driver to the backend that streams are measured on.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="Server">The process that answers the driver.</param>
/// <param name="Token">The caller's token; null where none is asked for.</param>
/// <param name="Management">The port of its metrics; null where there are none.</param>
internal sealed record StreamSystem(string Name, ServerProcess Server, string? Token = null, int? Management = null)
{
    public LoadTarget Target(StreamScript script) =>
        LoadTarget.Chat(Name, Server.Port, Texts.BenignPrompt, isStream: true, Token, model: script.Model) with { BodyBytes = script.Bytes, OwnTime = script.Prefill > TimeSpan.Zero ? OwnTime.Read : null };

    /// <summary>What it has used so far.</summary>
    public async Task<Usage> UsageAsync(CancellationToken cancellationToken)
    {
        var judged = TimeSpan.Zero;
        if (Management is { } port)
        {
            var metrics = await ServerMetrics.ReadAsync(port, cancellationToken);
            judged = TimeSpan.FromSeconds(
                metrics.Sum("policygateway_classification_duration_seconds_sum") - metrics.Sum("policygateway_classification_queue_duration_seconds_sum"));
        }

        var (ran, waited) = Server.Scheduled();
        return new Usage(Server.Cpu(), judged, ran, waited);
    }
}

/// <summary>What a server has used.</summary>
/// <param name="Cpu">CPU of its process.</param>
/// <param name="Judged">Time in which it judged, by the clock; the wait for a lane of the classifier is not in it.</param>
/// <param name="Ran">How long its threads had a core.</param>
/// <param name="Waited">How long they wanted one.</param>
internal readonly record struct Usage(TimeSpan Cpu, TimeSpan Judged, TimeSpan Ran, TimeSpan Waited)
{
    /// <summary>
    /// CPU of the judge. It computes without waiting for anything, so its time by the clock is CPU, save for what its threads
    /// waited for a core; that is taken off in the proportion in which all threads of the process did.
    /// </summary>
    public TimeSpan Judge
    {
        get
        {
            var share = Ran > TimeSpan.Zero ? Ran / (Ran + Waited) : 1;
            var judge = Judged * share;
            return judge < Cpu ? judge : Cpu;
        }
    }

    public static Usage operator -(Usage after, Usage before) =>
        new(after.Cpu - before.Cpu, after.Judged - before.Judged, after.Ran - before.Ran, after.Waited - before.Waited);
}
