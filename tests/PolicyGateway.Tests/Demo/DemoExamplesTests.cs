using System.Text.Json;
using PolicyGateway.Cli;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Clients;

namespace PolicyGateway.Tests.Demo;

public sealed class DemoExamplesTests
{
    private static readonly DemoTokens Tokens = new("a", "b", "c", "d");

    [Theory]
    [InlineData("it's for \"my own\" PC")]
    [InlineData("$HOME `id` \\ ! * \n second line '")]
    [InlineData("")]
    public async Task A_quoted_word_reaches_a_program_as_it_is(string text)
    {
        var result = await ProcessResult.RunAsync("sh", ["-c", "printf %s " + DemoExamples.Quote(text)]);

        Assert.Equal(text, result.Output);
    }

    [Fact]
    public void There_are_four_and_the_second_and_third_ask_the_same()
    {
        var examples = DemoExamples.For(new Uri("http://127.0.0.1:8080"), Tokens, DemoScript.Load());

        Assert.Equal(4, examples.Count);
        Assert.Equal(examples[1].CommandLine.Replace("Bearer b", "Bearer d", StringComparison.Ordinal), examples[2].CommandLine);
        Assert.All(examples, example => Assert.DoesNotContain('\n', example.CommandLine));
    }

    [Fact]
    public void The_professional_carries_the_credential_and_nobody_else_does()
    {
        var tokens = DemoTokens.Issue((tier, credentials) => JsonSerializer.Serialize(new { tier, credentials }));

        Assert.Equal("""{"tier":"public","credentials":[]}""", tokens.Public);
        Assert.Equal("""{"tier":"professional","credentials":["security-professional"]}""", tokens.Professional);
    }

    [Fact]
    public void A_busy_port_is_a_fault_that_names_the_option()
    {
        using var busy = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        busy.Start();
        var port = ((System.Net.IPEndPoint)busy.LocalEndpoint).Port;

        var fault = Assert.Throws<CommandFault>(() => DemoPorts.Resolve(port));

        Assert.Contains("--port", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"{port}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_temporary_folder_goes_with_the_demo_and_a_named_one_stays()
    {
        string temporary, named;
        using (var folder = DemoFolder.Open(null))
        {
            temporary = folder.Path;
            File.WriteAllText(Path.Combine(temporary, "state"), "x");
            using var kept = DemoFolder.Open(Path.Combine(Path.GetTempPath(), "policygateway-" + Guid.NewGuid()));
            named = kept.Path;
        }

        Assert.False(Directory.Exists(temporary));
        Assert.True(Directory.Exists(named));
        Directory.Delete(named);
    }
}
