using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using PolicyGateway.Identity;
using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Access;

/// <summary>Streams of gated text to cleared people, some at once, whose tokens are revoked in the middle, one after another.</summary>
internal static class RevokedStreams
{
    private const int AtOnce = 10;

    /// <summary>Streams have begun then, and none has ended by itself.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1.5);

    /// <summary>Changes that one operator may make; another one takes over.</summary>
    private const int PerOperator = 40;

    private static readonly byte[] Blocked = Encoding.UTF8.GetBytes("content_filter");

    public static async Task<Times> MeasureAsync(GatewayProcess gateway, Signer signer, int count, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Management}") };
        var took = new List<TimeSpan>();
        for (var first = 0; first < count; first += AtOnce)
        {
            var people = Enumerable.Range(first, Math.Min(AtOnce, count - first)).Select(i => $"streamed-{i}").ToArray();
            var streams = people.Select(person => StreamAsync(gateway, signer, person, cancellationToken)).ToArray();
            await Task.Delay(Before, cancellationToken);
            var operatorToken = signer.Token($"operator-{first / PerOperator}", ("roles", new[] { "operator" }));
            foreach (var (person, stream) in people.Zip(streams))
            {
                if (stream.IsCompleted)
                {
                    throw new LoadTestFault("A stream ended before its caller was revoked: the figures would not be of what they say.");
                }

                var began = Stopwatch.GetTimestamp();
                await RevokeAsync(client, operatorToken, person, cancellationToken);
                var (last, bytes, isBlocked) = await stream;
                if (!isBlocked || bytes < StreamScript.FrameBytes)
                {
                    throw new LoadTestFault($"A stream whose caller was revoked brought {bytes} bytes and {(isBlocked ? "the" : "no")} block.");
                }

                took.Add(Stopwatch.GetElapsedTime(began, last));
            }

            Progress.Say($"{took.Count} of {count} streams revoked");
        }

        return Times.Of(took);
    }

    private static async Task<(long Last, long Bytes, bool IsBlocked)> StreamAsync(GatewayProcess gateway, Signer signer, string person, CancellationToken cancellationToken)
    {
        var isBlocked = false;
        var token = signer.Token(person, ("tier", "professional"), ("credentials", new[] { GatewayProcess.Credential }));
        using var connection = await HttpConnection.OpenAsync(gateway.Server.Port, cancellationToken, (piece, _) => isBlocked |= piece.IndexOf(Blocked) >= 0);
        var target = LoadTarget.Chat("revoked", gateway.Server.Port, Texts.DualUsePrompt, isStream: true, token, model: StreamScript.Gated.Model);
        var response = await connection.SendAsync(target.Request, cancellationToken);
        return response.Status == 200 ? (response.LastByte, response.BodyBytes, isBlocked) : throw new LoadTestFault($"A stream to a cleared person was answered {response.Status}.");
    }

    private static async Task RevokeAsync(HttpClient client, string token, string person, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/revocations")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            Content = JsonContent.Create(new { target = "person", issuer = DevelopmentIssuer.Issuer, subject = person, reason = "Left." }),
        };
        using var response = await client.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new LoadTestFault($"A revocation was answered {(int)response.StatusCode}.");
        }
    }
}
