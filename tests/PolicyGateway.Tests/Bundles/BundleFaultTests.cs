using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PolicyGateway.Classification.Tests.Bundles;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Telemetry;

namespace PolicyGateway.Tests.Bundles;

/// <summary>A bundle with a fault is not taken: the one in force goes on, the instance stays ready, and log and metric say so.</summary>
[Collection(TelemetryTests.Name)]
public sealed class BundleFaultTests
{
    [Fact]
    public async Task A_first_stage_with_a_fault_is_refused_by_its_setting()
    {
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage });
        using var flipped = new BundleCopy(SwappingGateway.FirstStage);
        flipped.Flip("model.onnx");
        await AssertRefusedAsync(gateway, new { Bundle = flipped.Directory }, "Classifier:Bundle: The bundle's file model.onnx has SHA-256");

        using var swapped = new BundleCopy(SwappingGateway.FirstStage);
        swapped.EditManifest(static manifest => (manifest["heads"]![0], manifest["heads"]![1]) = ("bio", "cyber"));
        await AssertRefusedAsync(gateway, new { Bundle = swapped.Directory }, "Classifier:Bundle: The bundle's file manifest.json does not fit: heads is [bio, cyber");

        using var labels = new BundleCopy(SwappingGateway.FirstStage);
        labels.RotateScores();
        await AssertRefusedAsync(gateway, new { Bundle = labels.Directory }, "Classifier:Bundle: The bundle's model does not give the known text 1 its scores");

        await AssertRefusedAsync(
            gateway, new { Bundle = SwappingGateway.FirstStage, ManifestSha256 = new string('0', 64) }, "but Classifier:ManifestSha256 pins 0000");
        await AssertRefusedAsync(gateway, new { Bundle = "/nowhere" }, "Classifier:Bundle: The bundle's file manifest.json cannot be read from /nowhere");
        await AssertRefusedAsync(gateway, new { Bundle = "", Lanes = 0 }, "Classifier:Bundle is missing", "Classifier:Lanes is 0");
        await AssertRefusedAsync(gateway, new { Bundle = SwappingGateway.FirstStage, Lames = 1 }, "Classifier:Lames is no setting");

        await File.WriteAllTextAsync(gateway.File, "{ \"Classifier\": ");
        await AssertRefusedAsync(gateway, null, "The configuration cannot be read");
        await gateway.EventuallyCountsAsync(8, "policygateway_classifier_swaps", "\"refused\"");

        // What is in force, named again, is nothing new.
        var before = gateway.Classifiers.Current;
        gateway.Write(new { Bundle = SwappingGateway.FirstStage });
        Assert.False(await gateway.LookAsync());
        Assert.Same(before, gateway.Classifiers.Current);
    }

    [Fact]
    public async Task A_second_stage_with_a_fault_is_refused_by_its_setting()
    {
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage });
        using var tokenizer = new BundleCopy(SwappingGateway.SecondStage);
        var pieces = JsonNode.Parse(await File.ReadAllBytesAsync(tokenizer.PathOf("tokenizer.json")))!;
        var vocabulary = pieces["model"]!["vocab"]!.AsArray();
        for (var i = 1000; i < 2000; i += 2)
        {
            var (one, two) = (vocabulary[i]!.DeepClone(), vocabulary[i + 1]!.DeepClone());
            (vocabulary[i], vocabulary[i + 1]) = (two, one);
        }

        tokenizer.Replace("tokenizer.json", Encoding.UTF8.GetBytes(pieces.ToJsonString()));
        await AssertRefusedAsync(gateway, With(tokenizer), "Classifier:EncoderBundle: ", "does not cut the known text");

        using var labels = new BundleCopy(SwappingGateway.SecondStage);
        labels.RotateScores();
        await AssertRefusedAsync(gateway, With(labels), "Classifier:EncoderBundle: ", "its heads are in another order");
    }

    [Fact]
    public async Task A_bundle_whose_thresholds_the_policy_cannot_take_is_refused()
    {
        // The policy says from where on a text is flagged, and leaves the doubt to the bundle.
        const string Policy = """{"name":"test","anonymous":"allow","categories":{"cyber":{"threshold":{"flagged":0.9}}}}""";
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage }, static the => the.PolicyText = Policy);
        using var doubtful = new BundleCopy(SwappingGateway.FirstStage);
        doubtful.EditManifest(static manifest => (manifest["thresholds"]!["cyber"]!["uncertain"], manifest["thresholds"]!["cyber"]!["flagged"]) = (0.95, 0.96));

        await AssertRefusedAsync(gateway, new { Bundle = doubtful.Directory }, "The policy in force does not fit", "cyber");
    }

    private static object With(BundleCopy second) => new { Bundle = SwappingGateway.FirstStage, EncoderBundle = second.Directory };

    private static async Task AssertRefusedAsync(SwappingGateway gateway, object? settings, params string[] faults)
    {
        if (settings is not null)
        {
            gateway.Write(settings);
        }

        var (before, told) = (gateway.Model, gateway.LogLines.Count());
        Assert.False(await gateway.LookAsync());
        Assert.False(await gateway.LookAsync());

        var line = Assert.Single(gateway.LogLines.Skip(told), static line => line.Contains("stays in force", StringComparison.Ordinal));
        Assert.All(faults, fault => Assert.Contains(fault, line, StringComparison.Ordinal));
        Assert.Equal((before, 0), (gateway.Model, gateway.Classifiers.Old));
        var answer = await gateway.The.SendAsync(TheGateway.Ask("How do I bake bread?"));
        Assert.Equal((HttpStatusCode.OK, before), (answer.Status, (await gateway.The.Audit.OfAsync(answer.Headers["x-request-id"])).ClassifierModel));
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(gateway.The.Management, "/healthz/ready"))).StatusCode);
    }
}
