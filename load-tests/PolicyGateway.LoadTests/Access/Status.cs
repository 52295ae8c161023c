using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Access;

/// <summary>Requests of tokens that name their status in a list, in turns with some that do not.</summary>
internal static class Status
{
    /// <summary>Tokens of each sort, good and revoked ones among those with a status: each is verified once and then remembered.</summary>
    private const int Each = 50;

    public static (string Name, object Value) Claim(string list, int index) =>
        ("status", new Dictionary<string, object> { ["status_list"] = new Dictionary<string, object> { ["uri"] = list, ["idx"] = index } });

    public static async Task<StatusResults> MeasureAsync(GatewayProcess gateway, Signer signer, StatusListServer list, int checks, CancellationToken cancellationToken)
    {
        string[] plain = [.. Enumerable.Range(0, Each).Select(i => signer.Token($"plain-{i}"))];
        (string Token, bool IsGood)[] listed = [.. Enumerable.Range(0, Each).Select(i =>
            (signer.Token($"listed-{i}", Claim(list.Address, i % 10 == 0 ? i : StatusListServer.Revoked + i)), i % 10 != 0))];
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Server.Port}") };
        List<TimeSpan> with = [], without = [];
        var (wrong, fetched, began) = (0, 0, 0L);
        for (var i = -Each * 10; i < checks; i++)
        {
            if (i == 0)
            {
                (fetched, began) = (list.Fetches, Stopwatch.GetTimestamp());
            }

            var at = (i + (Each * 10)) % Each;
            var (status, took) = await AskAsync(client, listed[at].Token, cancellationToken);
            wrong += status == (listed[at].IsGood ? HttpStatusCode.OK : HttpStatusCode.Unauthorized) ? 0 : 1;
            var (other, tookWithout) = await AskAsync(client, plain[at], cancellationToken);
            wrong += other == HttpStatusCode.OK ? 0 : 1;
            if (i >= 0 && listed[at].IsGood)
            {
                with.Add(took);
                without.Add(tookWithout);
            }
        }

        // The list that was there when the count began counts, too.
        var lifetimes = (int)(Stopwatch.GetElapsedTime(began) / StatusListServer.Lifetime) + 1;
        return new StatusResults(Times.Of(with), Times.Of(without), StatusListServer.Revoked, list.Fetches - fetched, lifetimes, wrong);
    }

    private static async Task<(HttpStatusCode Status, TimeSpan Took)> AskAsync(HttpClient client, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        var began = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request, cancellationToken);
        return (response.StatusCode, Stopwatch.GetElapsedTime(began));
    }
}
