using System.Text.Json;
using PolicyGateway.Demo;

namespace PolicyGateway.Tests.Clients;

/// <summary>OpenAI's Node SDK, unmodified but for the base URL, run by <c>tests/clients/node/chat.mjs</c>.</summary>
[Collection(DemoClients.Name)]
public sealed class NodeSdkTests(DemoFixture demo)
{
    [Fact]
    public async Task A_benign_question_streams_to_anybody()
    {
        var line = demo.Script.For(DemoPurpose.Release);
        var seen = await AskAsync("stream", demo.Gateway.Tokens.Public, line.Prompt);

        Assert.Equal(line.Completion, seen.GetProperty("text").GetString());
        Assert.Equal("stop", seen.GetProperty("finish").GetString());
        Assert.True(seen.GetProperty("tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task A_dual_use_question_streams_to_a_verified_professional()
    {
        var line = demo.Script.For(DemoPurpose.Refusal);
        var seen = await AskAsync("stream", demo.Gateway.Tokens.Professional, line.Prompt);

        Assert.Equal(line.Completion, seen.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("create")]
    public async Task A_refusal_is_a_permission_error_that_names_what_is_missing_and_is_not_retried(string mode)
    {
        var seen = await AskAsync(mode, demo.Gateway.Tokens.Registered, demo.Script.For(DemoPurpose.Refusal).Prompt);

        Assert.Equal("PermissionDeniedError", seen.GetProperty("thrown").GetString());
        Assert.Equal(403, seen.GetProperty("status").GetInt32());
        Assert.Equal("verification_required", seen.GetProperty("code").GetString());
        Assert.Equal(1, seen.GetProperty("requests").GetInt32());
        Assert.Contains(DemoTokens.ProfessionalCredential, seen.GetProperty("body").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prohibited_question_is_refused_to_the_professional_too()
    {
        var seen = await AskAsync("create", demo.Gateway.Tokens.Professional, demo.Script.For(DemoPurpose.Prohibited).Prompt);

        Assert.Equal("prohibited_content", seen.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Models_are_listed()
    {
        var seen = await AskAsync("models", demo.Gateway.Tokens.Public, "");

        Assert.Contains(seen.GetProperty("models").EnumerateArray(), model => model.GetString() == DemoModels.Default);
    }

    private Task<JsonElement> AskAsync(string mode, string token, string prompt) =>
        NodeClient.RunAsync(mode, demo.BaseUrl, token, DemoModels.Default, prompt);
}
