using System.Text.Encodings.Web;
using System.Text.Json;
using PolicyGateway.Identity;

namespace PolicyGateway.Demo;

/// <summary>One command line that shows something, and a sentence that says what.</summary>
internal sealed record DemoExample(string Title, string CommandLine);

/// <summary>The four command lines that the demo prints.</summary>
internal static class DemoExamples
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<DemoExample> For(Uri url, DemoTokens tokens, DemoScript script)
    {
        var refused = script.For(DemoPurpose.Refusal).Prompt;
        return
        [
            new("A benign question, released to anybody (tier public):",
                Curl(url, tokens.Public, script.For(DemoPurpose.Release).Prompt)),
            new("A dual-use question, refused to tier registered with what is missing:",
                Curl(url, tokens.Registered, refused)),
            new($"The same question, released to a verified professional ({DemoTokens.ProfessionalCredential}):",
                Curl(url, tokens.Professional, refused)),
            new("A prohibited question, refused to everybody, the professional too:",
                Curl(url, tokens.Professional, script.For(DemoPurpose.Prohibited).Prompt)),
        ];
    }

    /// <summary>How a refused caller gets access: he asks, and somebody else approves; and how that ends.</summary>
    public static IReadOnlyList<DemoExample> Access(Uri url, Uri management, DemoTokens tokens)
    {
        const string asked = """{"categories":["cyber"],"project":"Demo","purpose":"Testing our own systems.","days":1}""";
        var grants = $"/admin/grants?issuer={Uri.EscapeDataString(DevelopmentIssuer.Issuer)}&subject=demo-registered";
        return
        [
            new("Access for whoever was refused: registered asks, somebody else approves. The refused line above then works:",
                $"ID=$({Post(Quote(new Uri(url, "/v1/access/requests").AbsoluteUri), tokens.Registered, asked)} | grep -o 'req_[0-9a-f]*' | head -1); "
                + Post($"\"{new Uri(management, "/admin/requests/").AbsoluteUri}$ID/approve\"", tokens.Staff, """{"reason":"Contract seen."}""")),
            new("And its end, at once and in answers under way:",
                $"ID=$(curl -sS {Header(tokens.Staff)} {Quote(new Uri(management, grants).AbsoluteUri)} | grep -o 'grt_[0-9a-f]*' | head -1); "
                + Post($"\"{new Uri(management, "/admin/grants/").AbsoluteUri}$ID/revoke\"", tokens.Staff, """{"reason":"The contract has ended."}""")),
        ];
    }

    private static string Post(string quotedUrl, string token, string body) =>
        $"curl -sS {Header(token)} -H 'Content-Type: application/json' -d {Quote(body)} {quotedUrl}";

    private static string Header(string token) => "-H " + Quote("Authorization: Bearer " + token);

    private static string Curl(Uri url, string token, string prompt)
    {
        var body = JsonSerializer.Serialize(
            new { model = DemoModels.Default, messages = new[] { new { role = "user", content = prompt } } }, Json);
        return string.Join(' ',
            "curl -sS",
            "-w", Quote("\\nHTTP %{http_code}\\n"),
            "-H", Quote("Authorization: Bearer " + token),
            "-H", Quote("Content-Type: application/json"),
            "-d", Quote(body),
            Quote(new Uri(url, "/v1/chat/completions").ToString()));
    }

    /// <summary>One word for a POSIX shell: nothing is special between single quotes but the quote itself.</summary>
    internal static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
