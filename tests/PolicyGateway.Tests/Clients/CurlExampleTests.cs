using System.Text.Json;
using PolicyGateway.Demo;

namespace PolicyGateway.Tests.Clients;

/// <summary>The command lines that the demo prints, run by a shell exactly as printed.</summary>
[Collection(DemoClients.Name)]
public sealed class CurlExampleTests(DemoFixture demo)
{
    [Theory]
    [InlineData(0, 200, null)]
    [InlineData(1, 403, "verification_required")]
    [InlineData(2, 200, null)]
    [InlineData(3, 403, "prohibited_content")]
    public async Task Each_printed_command_line_does_what_its_title_says(int index, int status, string? code)
    {
        var example = DemoExamples.For(demo.Gateway.Url, demo.Gateway.Tokens, demo.Script)[index];
        var result = await ProcessResult.RunAsync("sh", ["-c", example.CommandLine]);
        var lines = result.Output.TrimEnd().Split('\n');

        Assert.True(result.ExitCode == 0, $"curl is needed, and ended with {result.ExitCode}: {result.Errors}");
        Assert.Equal($"HTTP {status}", lines[^1]);
        using var body = JsonDocument.Parse(string.Join('\n', lines[..^1]));
        if (code is null)
        {
            var expected = demo.Script.For(index == 0 ? DemoPurpose.Release : DemoPurpose.Refusal).Completion;
            Assert.Equal(expected, body.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        }
        else
        {
            Assert.Equal(code, body.RootElement.GetProperty("error").GetProperty("code").GetString());
        }
    }
}
