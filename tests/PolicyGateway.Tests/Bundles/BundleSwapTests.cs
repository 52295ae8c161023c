using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Telemetry;

namespace PolicyGateway.Tests.Bundles;

/// <summary>
/// Another bundle takes the place of the one in force while requests run, and costs none of them anything. Not beside other
/// tests, which have deadlines and would miss the processor that the load takes.
/// </summary>
[Collection(TelemetryTests.Name)]
public sealed class BundleSwapTests
{
    [Fact]
    public async Task Under_load_no_request_fails_and_each_has_model_and_thresholds_of_one_bundle_and_old_ones_are_freed()
    {
        const int Swaps = 20;
        using var strict = SwappingGateway.StrictFirstStage();
        var models = new[] { SwappingGateway.ModelOf(SwappingGateway.FirstStage), SwappingGateway.ModelOf(strict.Directory) };
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage });
        gateway.The.Backend.Answer = static context => Encoding.UTF8.GetString(ScriptedBackend.BodyOf(context)).Contains("\"stream\":true", StringComparison.Ordinal)
            ? ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream("Mix flour and water, and wait for a night."))
            : ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Mix flour and water, and wait for a night."));
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 6).Select(number => Task.Run(() => AskUntilAsync(gateway.The, isStream: number % 2 == 0, stop.Token))).ToList();
        var gone = new List<WeakReference>();

        for (var swap = 1; swap <= Swaps; swap++)
        {
            gone.Add(Weakly(gateway));
            gateway.Write(new { Bundle = swap % 2 == 0 ? SwappingGateway.FirstStage : strict.Directory });
            await SwappingGateway.EventuallyAsync(gateway.LookAsync);
            Assert.Equal(models[swap % 2], gateway.Model);
            await Task.Delay(50);
        }

        await stop.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(static answers => answers).ToList();

        // The one clears what they ask, the other refuses everything: a score of one read by thresholds of the other would show.
        Assert.Equal(
            new[] { (HttpStatusCode.OK, (string?)models[0]), (HttpStatusCode.Forbidden, models[1]) }, answers.Distinct().OrderBy(static answer => answer.Status));
        await SwappingGateway.Eventually(() => gateway.Classifiers.Old == 0);
        await SwappingGateway.Eventually(() => Alive(gone) == 0);
    }

    [Fact]
    public async Task A_stream_ends_with_the_classifier_that_it_began_with_which_is_freed_then()
    {
        using var strict = SwappingGateway.StrictFirstStage();
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage });
        var before = gateway.Model;
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.The.Backend.Answer = async context =>
        {
            var stream = ScriptedBackend.Stream(string.Concat(Enumerable.Repeat("The garden looked lovely in the morning. ", 40)), 40);
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(stream[..(stream.Length / 2)]);
            await context.Response.Body.FlushAsync();
            begun.SetResult();
            await goOn.Task;
            await context.Response.WriteAsync(stream[(stream.Length / 2)..]);
        };
        var running = gateway.The.SendAsync(TheGateway.Ask("hello", stream: true));
        await begun.Task;

        gateway.Write(new { Bundle = strict.Directory });
        Assert.True(await gateway.LookAsync());
        var after = await gateway.The.SendAsync(TheGateway.Ask("hello"));
        Assert.Equal(1, gateway.Classifiers.Old);
        goOn.SetResult();
        var answer = await running;

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.EndsWith("data: [DONE]\n\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(before, (await gateway.The.Audit.OfAsync(answer.Headers["x-request-id"])).ClassifierModel);
        Assert.Equal((HttpStatusCode.Forbidden, gateway.Model), (after.Status, (await gateway.The.Audit.OfAsync(after.Headers["x-request-id"])).ClassifierModel));
        await SwappingGateway.Eventually(() => gateway.Classifiers.Old == 0);
    }

    [Fact]
    public async Task Requests_that_do_not_end_do_not_pile_up_classifiers()
    {
        using var strict = SwappingGateway.StrictFirstStage();
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage });
        var goOn = new TaskCompletionSource();
        gateway.The.Backend.Answer = async context =>
        {
            await goOn.Task;
            await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        };
        var running = new List<Task<Answer>>();
        foreach (var lanes in new[] { 1, 2 })
        {
            running.Add(gateway.The.SendAsync(TheGateway.Ask("hello")));
            await SwappingGateway.Eventually(() => gateway.The.Backend.Received.Count == running.Count);
            gateway.Write(new { Bundle = SwappingGateway.FirstStage, Lanes = lanes });
            Assert.True(await gateway.LookAsync());
        }

        gateway.Write(new { Bundle = strict.Directory });
        Assert.False(await gateway.LookAsync());
        Assert.Contains(gateway.LogLines, static line => line.Contains("Another classifier waits", StringComparison.Ordinal));

        goOn.SetResult();
        Assert.All(await Task.WhenAll(running), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await SwappingGateway.EventuallyAsync(gateway.LookAsync);
        Assert.Equal(SwappingGateway.ModelOf(strict.Directory), gateway.Model);
    }

    [Fact]
    public async Task A_bundle_that_is_replaced_in_its_folder_is_taken_without_a_word_and_in_shadow_too()
    {
        using var strict = SwappingGateway.StrictFirstStage();
        using var folder = new PolicyGateway.Classification.Tests.Bundles.BundleCopy(SwappingGateway.FirstStage);
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = folder.Directory, PollInterval = "00:00:00.1" });
        foreach (var file in Directory.GetFiles(strict.Directory))
        {
            // In one step each, as it is told to do: the gateway may be looking at the one before.
            var copy = folder.PathOf(Path.GetFileName(file)) + ".part";
            File.Copy(file, copy);
            File.Move(copy, folder.PathOf(Path.GetFileName(file)), overwrite: true);
        }

        await SwappingGateway.Eventually(() => gateway.Model == SwappingGateway.ModelOf(strict.Directory));

        var answer = await gateway.The.SendAsync(TheGateway.Ask("hello"), gateway.The.TokenOf("pilot"));
        var record = await gateway.The.Audit.OfAsync(answer.Headers["x-request-id"]);
        Assert.Equal((HttpStatusCode.OK, gateway.Model, "refuse"), (answer.Status, record.ClassifierModel, record.Action));
    }

    [Fact]
    public async Task Both_stages_are_taken_together_where_the_second_is_calibrated_behind_the_new_first()
    {
        using var strict = SwappingGateway.StrictFirstStage();
        using var behind = SwappingGateway.SecondStageBehind(strict);
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage, EncoderBundle = SwappingGateway.SecondStage });
        var before = gateway.Model;

        gateway.Write(new { Bundle = strict.Directory, EncoderBundle = SwappingGateway.SecondStage });
        Assert.False(await gateway.LookAsync());
        Assert.Equal(before, gateway.Model);
        Assert.Contains(gateway.LogLines, static line => line.Contains("Classifier:EncoderBundle: Classifier:EncoderBundle was calibrated behind", StringComparison.Ordinal));

        gateway.Write(new { Bundle = strict.Directory, EncoderBundle = behind.Directory });
        Assert.True(await gateway.LookAsync());
        Assert.Equal($"{SwappingGateway.ModelOf(behind.Directory)}+{SwappingGateway.ModelOf(strict.Directory)}", gateway.Model);
        Assert.Equal(HttpStatusCode.OK, (await gateway.The.SendAsync(TheGateway.Ask("How do I bake bread?"))).Status);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Weakly(SwappingGateway gateway) => new(gateway.Classifiers.Current);

    private static int Alive(List<WeakReference> references)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return references.Count(static reference => reference.IsAlive);
    }

    private static async Task<List<(HttpStatusCode Status, string? Model)>> AskUntilAsync(TheGateway gateway, bool isStream, CancellationToken stop)
    {
        var answers = new List<(HttpStatusCode, string?)>();
        while (!stop.IsCancellationRequested)
        {
            var answer = await gateway.SendAsync(TheGateway.Ask("How do I bake bread?", isStream));
            answers.Add((answer.Status, (await gateway.Audit.OfAsync(answer.Headers["x-request-id"])).ClassifierModel));
        }

        return answers;
    }
}
