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

    [Fact]
    public async Task The_printed_lines_about_access_open_and_close_what_was_refused()
    {
        await using var own = await DemoGateway.StartAsync(
            new DemoSettings { Port = 0, Backend = new DemoBackendOptions { Pause = TimeSpan.Zero } }, TimeProvider.System, CancellationToken.None);
        var refused = DemoExamples.For(own.Url, own.Tokens, own.Backend.Script)[1].CommandLine;
        var access = DemoExamples.Access(own.Url, own.Management, own.Tokens);

        Assert.EndsWith("HTTP 403\n", await ShellAsync(refused), StringComparison.Ordinal);
        Assert.Contains("\"status\":\"approved\"", await ShellAsync(access[0].CommandLine), StringComparison.Ordinal);
        Assert.EndsWith("HTTP 200\n", await ShellAsync(refused), StringComparison.Ordinal);
        Assert.Contains("The contract has ended.", await ShellAsync(access[1].CommandLine), StringComparison.Ordinal);
        Assert.EndsWith("HTTP 403\n", await ShellAsync(refused), StringComparison.Ordinal);
    }

    private static async Task<string> ShellAsync(string commandLine)
    {
        var result = await ProcessResult.RunAsync("sh", ["-c", commandLine]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output;
    }
}
