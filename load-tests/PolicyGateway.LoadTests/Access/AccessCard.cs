using System.Globalization;
using System.Text;
using PolicyGateway.LoadTests.Reporting;

namespace PolicyGateway.LoadTests.Access;

/// <summary>The card of <c>access</c>.</summary>
internal static class AccessCard
{
    public static Card Of(AccessResults results, AccessSettings settings) =>
        new(AccessCommand.Name, "Who may see it", Head(results, settings), Promises(results, settings), Tables(results), Plot: null);

    private static List<Threshold> Promises(AccessResults results, AccessSettings settings)
    {
        double Most(double limit) => settings.HasLimits ? limit : double.PositiveInfinity;
        var slowest = results.Pages.MaxBy(static page => page.Times.P99);
        return
        [
            Threshold.AtMost("A caller's grants from the store, p99", Most(300), results.FromStore.P99, " us"),
            Threshold.AtMost("A caller's grants from memory, p99", Most(50), results.FromMemory.P99, " us"),
            Threshold.AtMost("All that is asked of a caller, above finding a token that is remembered", Most(15), results.Authentication.Checked - results.Authentication.Plain, " us"),
            Threshold.AtMost($"The slowest page ({slowest.Page}), p99", Most(200), slowest.Times.P99 / 1000, " ms"),
            Threshold.AtMost("Added to the median by a status in a list that revokes 100,000 tokens", Most(1), (results.Status.With.P50 - results.Status.Without.P50) / 1000, " ms"),
            Threshold.AtMost("Fetches of that list for each lifetime of it", 1, (double)results.Status.Fetches / results.Status.Lifetimes),
            Threshold.None("Tokens that were refused and good, or accepted and revoked", results.Status.Wrong),
            Threshold.AtMost($"From a revocation's sending to the last byte of the stream that it ends, p99 (n = {results.Revoked.Count})", Most(1), results.Revoked.P99 / 1e6, " s"),
        ];
    }

    private static string Head(AccessResults results, AccessSettings settings) => string.Create(CultureInfo.InvariantCulture, $"""
            dotnet run -c Release --project load-tests/PolicyGateway.LoadTests -- {settings.Arguments}

        - {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, on {Machine.Describe()}. Driver, backend and gateway share the machine.
        - The store holds {settings.Grants:N0} grants of {settings.People:N0} people in {results.StoreMegabytes:N0} MB, the audit {settings.Records:N0} decisions of the last week. Of each person's
          grants a third is in force, a third has ended and a third was revoked. The gateway was ready {results.Ready.TotalSeconds:F1} s after its start:
          most of that it checks that the store's file is whole.
        - Lookups are of random people, in the store opened anew, each timed by itself in the driver's process, after 20,000 that are not counted.
        - All that is asked of a caller: the form of the credential, what the token is bound to, its status, revocations, grants.
          {results.Authentication.Batches} batches of {results.Authentication.PerBatch:N0}, in turns with finding the token alone, after as many that are not counted; on one thread, so that its time is CPU.
        - Pages come over HTTP to somebody who is logged in, one after another, each {settings.Looks} times, until the last byte.
        - Requests for the list of models are sent with tokens that name a status and with others, in turns. The list may be kept for {StatusListServer.Lifetime.TotalSeconds:F0} s.
        - Streams bring gated text to cleared people, ten at once, 50 frames a second, with the shipped policy. The time counts from before the
          revocation is sent to the gateway, so the change's own record and its sync to disk are in it, to the last byte that the client gets,
          the block signal.
        """);

    private static string Tables(AccessResults results)
    {
        var text = new StringBuilder("### Times\n\n| | n | p50 | p99 | most |\n|---|---|---|---|---|\n");
        Row("grants, from the store", results.FromStore, 1, "us");
        Row("grants, from memory", results.FromMemory, 1, "us");
        foreach (var (page, times) in results.Pages)
        {
            Row($"`{page}`", times, 1000, "ms");
        }

        Row("models, token with a status", results.Status.With, 1000, "ms");
        Row("models, token without", results.Status.Without, 1000, "ms");
        Row("revocation to the end of the stream", results.Revoked, 1000, "ms");
        text.AppendLine().AppendLine(
            CultureInfo.InvariantCulture,
            $"A token that is remembered is found in {results.Authentication.Plain:F2} us; with all that is asked besides it takes {results.Authentication.Checked:F2} us. The list was fetched {results.Status.Fetches} times in {results.Status.Lifetimes} lifetimes.");
        return text.ToString();

        void Row(string name, Times times, double per, string unit) => text.AppendLine(
            CultureInfo.InvariantCulture, $"| {name} | {times.Count:N0} | {times.P50 / per:N1} {unit} | {times.P99 / per:N1} {unit} | {times.Most / per:N1} {unit} |");
    }
}
