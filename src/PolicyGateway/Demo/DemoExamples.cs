using System.Text.Encodings.Web;
using System.Text.Json;

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
