using System.Diagnostics;
using System.Text.RegularExpressions;
using PolicyGateway.Identity;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Access;

/// <summary>Looks at the pages of both sites, logged in with a token as people do in a demonstration.</summary>
internal static partial class Pages
{
    private static readonly string[] Professional = ["/portal", "/portal/decisions", "/portal/requests", "/portal/appeals", "/portal/keys"];

    private static readonly string[] Operator =
    [
        "/console",
        "/console/people",
        $"/console/people?issuer={Uri.EscapeDataString(DevelopmentIssuer.Issuer)}&subject={GrantLookups.SubjectOf(7)}",
        "/console/revocations",
        "/console/audit",
        "/console/statistics",
        "/console/policy",
    ];

    private static readonly string[] OfOnePerson = [$"/console/audit?issuer={Uri.EscapeDataString(DevelopmentIssuer.Issuer)}&subject={GrantLookups.SubjectOf(7)}"];

    public static async Task<IReadOnlyList<(string Page, Times Times)>> MeasureAsync(GatewayProcess gateway, Signer signer, int looks, CancellationToken cancellationToken) =>
    [
        .. await MeasureAsync(gateway.Server.Port, "portal", signer.Token(GrantLookups.SubjectOf(7)), Professional, looks, cancellationToken),
        .. await MeasureAsync(gateway.Management, "console", signer.Token("auditor", ("roles", new[] { "auditor", "operator" })), Operator, looks, cancellationToken),

        // Looks at a person are recorded, and as few as changes: somebody else's turn.
        .. await MeasureAsync(gateway.Management, "console", signer.Token("colleague", ("roles", new[] { "auditor" })), OfOnePerson, looks, cancellationToken),
    ];

    private static async Task<IReadOnlyList<(string Page, Times Times)>> MeasureAsync(
        int port, string site, string token, string[] pages, int looks, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(1) };
        var login = await client.GetStringAsync($"/{site}/login", cancellationToken);
        var form = Hidden().Matches(login).Select(static input => KeyValuePair.Create(input.Groups["name"].Value, input.Groups["value"].Value));
        using var fields = new FormUrlEncodedContent(form.Append(KeyValuePair.Create("token", token)));
        using var loggedIn = await client.PostAsync($"/{site}/login", fields, cancellationToken);
        var times = new List<(string, Times)>();
        foreach (var page in pages)
        {
            var took = new List<TimeSpan>();
            for (var i = -2; i < looks; i++)
            {
                var began = Stopwatch.GetTimestamp();
                using var response = await client.GetAsync(page, cancellationToken);
                if (!response.IsSuccessStatusCode || response.RequestMessage!.RequestUri!.AbsolutePath != page.Split('?')[0])
                {
                    throw new LoadTestFault($"{page} was answered {(int)response.StatusCode} at {response.RequestMessage!.RequestUri}.");
                }

                if (i >= 0)
                {
                    took.Add(Stopwatch.GetElapsedTime(began));
                }
            }

            times.Add((page.Split('?') is [var path, _] ? path + ", of one person" : page, Times.Of(took)));
        }

        return times;
    }

    [GeneratedRegex("""<input[^>]*type="hidden"[^>]*name="(?<name>[^"]*)"[^>]*value="(?<value>[^"]*)"[^>]*>""")]
    private static partial Regex Hidden();
}
