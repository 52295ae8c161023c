using PolicyGateway.Classification;
using PolicyGateway.Cli;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Cli;

public sealed class ClassifyToolsTests
{
    [Fact]
    public async Task The_shipped_model_and_policy_are_found_and_judge_a_text()
    {
        await using var tools = await ClassifyTools.LoadAsync(ToolSettings.Read());
        var text = PolicyGateway.Demo.DemoScript.Load().For(PolicyGateway.Demo.DemoPurpose.Refusal).Prompt;
        var verdict = tools.Policy.Judge(await tools.Classifier.ClassifyAsync(
            new ClassifierInput(TextKind.Prompt, text.AsMemory()), CancellationToken.None));
        await using var output = new StringWriter();
        await ClassifyCommand.DescribeAsync(verdict, output);

        Assert.Equal(Severity.DualUse, verdict.Severity);
        Assert.StartsWith("dual-use", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(text, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_that_does_not_verify_is_a_fault_for_whoever_typed_the_command()
    {
        var fault = await Assert.ThrowsAsync<CommandFault>(() => ClassifyTools.LoadAsync(ToolSettings.Read(bundle: "/no/such/bundle")));

        Assert.Contains("/no/such/bundle", fault.Message, StringComparison.Ordinal);
    }
}
