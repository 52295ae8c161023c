using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Cli;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Clients;
using PolicyGateway.Tests.Hosting;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Holes that other gateways had in how they used their classifier, one test for each, on the shipped model.</summary>
[Collection(DemoClients.Name)]
public sealed class ModelScenarios(DemoFixture demo)
{
    private const string Harmless = "The weather was mild and the garden looked lovely in the morning light. ";

    [Theory]
    [InlineData(0, 0)]
    [InlineData(200, 0)]
    [InlineData(0, 200)]
    [InlineData(1_000, 1_000)]
    public async Task The_end_and_the_middle_of_a_long_text_are_judged_as_its_opening_is(int before, int after)
    {
        // As long as what a model reads at once, so that no harmless words stand beside it there.
        var asked = string.Join(' ', Enumerable.Repeat(demo.Script.For(DemoPurpose.Refusal).Prompt, 60));
        string Around(string text) => string.Concat(Enumerable.Repeat(Harmless, before)) + text + " " + string.Concat(Enumerable.Repeat(Harmless, after));

        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(Around(asked)));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(Around(demo.Script.For(DemoPurpose.Release).Prompt)));
    }

    [Theory]
    [InlineData("Thank you!")]
    [InlineData("please and thank you")]
    [InlineData("sunshine kittens")]
    [InlineData("for my school project")]
    [InlineData("Have a lovely day.")]
    public async Task A_few_harmless_words_do_not_flip_a_verdict(string words)
    {
        var asked = demo.Script.For(DemoPurpose.Refusal).Prompt;

        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync($"{asked} {words}"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync($"{words} {asked}"));
    }

    [Fact]
    public async Task A_category_counts_by_its_own_probability_and_not_only_where_it_is_the_highest()
    {
        await using var gateway = new TheGateway();
        gateway.Changes = static services => services.AddSingleton(new ClassifierStore(new OtherIsHigher()));
        await gateway.InitializeAsync();

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.Token("registered"));

        Assert.Equal((HttpStatusCode.Forbidden, "cyber"), (answer.Status, answer.Error.GetProperty("category").GetString()));
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task Native_memory_does_not_grow_with_every_new_length()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var process = GatewayProcess.StartWithInput(
            Path.GetTempPath(), "classify", "--jsonl",
            "--bundle", RepositoryFiles.Require(RepositoryFiles.Bundle, "--bundle"), "--policy", RepositoryFiles.Require(RepositoryFiles.Policy, "--policy"));
        try
        {
            await ClassifyAsync(process, 1, 200);
            var before = Resident(process);
            await ClassifyAsync(process, 201, 1_000);

            Assert.InRange(Resident(process) - before, long.MinValue, 200 << 20);
        }
        finally
        {
            await GatewayProcess.KillAsync(process);
        }
    }

    private static async Task ClassifyAsync(Process process, int first, int last)
    {
        var reading = Task.Run(async () =>
        {
            for (var i = first; i <= last; i++)
            {
                Assert.Contains("severity", await GatewayProcess.ReadLineAsync(process), StringComparison.Ordinal);
            }
        });
        for (var i = first; i <= last; i++)
        {
            var text = string.Concat(Enumerable.Repeat("w" + i + " ", i));
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { id = i, kind = "prompt", text }));
        }

        await process.StandardInput.FlushAsync();
        await reading;
    }

    private static long Resident(Process process)
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    private async Task<HttpStatusCode> AskAsync(string prompt)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, demo.BaseUrl + "/chat/completions")
        {
            Content = TheGateway.Json(JsonSerializer.Serialize(new { model = DemoModels.Default, messages = new[] { new { role = "user", content = prompt } } })),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", demo.Gateway.Tokens.Registered);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>Sure of a category that is open to everybody, and nearly as sure of one that is not.</summary>
    private sealed class OtherIsHigher : IClassifier
    {
        public ClassifierProfile Profile => ExplainCommand.PlainProfile;

        public bool IsReady => true;

        public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
        {
            var scores = new float[Profile.Heads.Length];
            (scores[Profile.IndexOf("adult")], scores[Profile.IndexOf("cyber")]) = (1, 0.9f);
            return ValueTask.FromResult(new Scores([.. scores], "keyword", "keyword-1", 1));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
