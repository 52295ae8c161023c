using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Holes through which other gateways' memory ran away, one test for each, with nothing beside it.</summary>
[Collection(Name)]
public sealed class MemoryScenarios(RecordedGateway gateway) : IClassFixture<RecordedGateway>
{
    public const string Name = "alone";

    [Fact]
    public async Task Memory_is_given_back_after_a_load()
    {
        gateway.The.Reset();
        var clean = ScriptedBackend.Stream(string.Concat(Enumerable.Repeat("harmless words ", 8_000)), 2_000);
        var dirty = ScriptedBackend.Stream(string.Concat(Enumerable.Repeat("harmless words ", 8_000)) + KeywordClassifier.Cyber, 2_000);
        gateway.Backend.Answer = context => RecordedGateway.WriteAsync(
            context, "text/event-stream", ScriptedBackend.BodyOf(context).AsSpan().IndexOf("clean"u8) >= 0 ? clean : dirty);
        async Task LoadAsync(int requests)
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
                await gateway.The.SendAsync(TheGateway.Ask((i % 2 == 0 ? "clean " : "dirty ") + new string('a', 50_000), stream: true), gateway.The.Token("registered")));
            gateway.Backend.Received.Clear();
            gateway.The.Audit.Forget();
        }

        await LoadAsync(50);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await LoadAsync(600);

        // 100 MB of text went through. What ends in the background has some time for it; a leak stays.
        var left = long.MaxValue;
        for (var i = 0; i < 40 && left > 32 << 20; i++)
        {
            await Task.Delay(250);
            left = GC.GetTotalMemory(forceFullCollection: true) - before;
        }

        Assert.InRange(left, long.MinValue, 32 << 20);
    }
}

/// <summary>Tests that measure the memory of the process, and so run when no others do.</summary>
[CollectionDefinition(MemoryScenarios.Name, DisableParallelization = true)]
public sealed class Alone;
