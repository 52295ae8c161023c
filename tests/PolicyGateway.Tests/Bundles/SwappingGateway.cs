using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolicyGateway.Bundles;
using PolicyGateway.Classification.Tests.Bundles;
using PolicyGateway.Cli;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Bundles;

/// <summary>A gateway with the shipped models, whose section <c>Classifier</c> is a file that the test writes while it runs.</summary>
internal sealed class SwappingGateway : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-swap-").FullName;
    private readonly RecordingLogs _logs = new();

    private SwappingGateway()
    {
    }

    public static string FirstStage { get; } = RepositoryFiles.Require(RepositoryFiles.Bundle, "Classifier:Bundle");

    public static string SecondStage { get; } = RepositoryFiles.Require(RepositoryFiles.EncoderBundle, "Classifier:EncoderBundle");

    public TheGateway The { get; } = new() { UsesRealClassifier = true };

    public ClassifierStore Classifiers => The.Services.GetRequiredService<ClassifierStore>();

    /// <summary>The name of the model that judges new requests.</summary>
    public string Model => Classifiers.Current.Profile.Model;

    public IEnumerable<string> LogLines => _logs.Lines;

    /// <param name="settings">Of the section <c>Classifier</c>.</param>
    /// <param name="change">What else is to be another way.</param>
    public static async Task<SwappingGateway> StartAsync(object settings, Action<TheGateway>? change = null)
    {
        var gateway = new SwappingGateway();
        gateway.Write(settings);
        gateway.The.ConfigFile = gateway.File;
        gateway.The.Settings["Logging:LogLevel:Default"] = "Warning";
        gateway.The.Settings["Logging:LogLevel:PolicyGateway"] = "Trace";
        gateway.The.Settings["Logging:Console:LogLevel:Default"] = "None";
        gateway.The.Settings["Logging:Console:LogLevel:PolicyGateway"] = "None";
        gateway.The.Changes = services => services.AddSingleton<ILoggerProvider>(gateway._logs);
        change?.Invoke(gateway.The);
        await gateway.The.InitializeAsync();
        await Eventually(() => gateway.Classifiers.Current.IsReady);
        return gateway;
    }

    public string File => Path.Combine(_folder, "gateway.json");

    /// <summary>Writes the section anew. Nobody looks before <see cref="LookAsync"/>, unless the settings say so.</summary>
    public void Write(object settings)
    {
        var section = JsonSerializer.SerializeToNode(settings)!.AsObject();
        section.TryAdd("PollInterval", "01:00:00");
        section.TryAdd("EncoderLanes", 1);
        System.IO.File.WriteAllText(File, new JsonObject { ["Classifier"] = section }.ToJsonString());
    }

    public Task<bool> LookAsync() => The.Services.GetRequiredService<BundleWatch>().LookAsync(CancellationToken.None);

    /// <summary>Waits until the metric's line with all of the labels counts so many.</summary>
    public async Task EventuallyCountsAsync(int count, string metric, params string[] labels)
    {
        using var client = new HttpClient();
        await EventuallyAsync(async () => (await client.GetStringAsync(new Uri(The.Management, "/metrics"))).Split('\n').Any(line =>
            line.StartsWith($"{metric}_total{{", StringComparison.Ordinal) && line.EndsWith($"}} {count}", StringComparison.Ordinal)
            && labels.All(label => line.Contains(label, StringComparison.Ordinal))));
    }

    /// <summary>A first stage of another name, behind whose thresholds every text is flagged.</summary>
    public static BundleCopy StrictFirstStage()
    {
        var copy = new BundleCopy(FirstStage);
        copy.EditManifest(static manifest =>
        {
            foreach (var (_, band) in manifest["thresholds"]!.AsObject())
            {
                (band!["uncertain"], band["flagged"]) = (1e-30, 2e-30);
            }
        });
        return copy;
    }

    /// <summary>The shipped second stage, as if calibrated behind another first one.</summary>
    public static BundleCopy SecondStageBehind(BundleCopy first)
    {
        var copy = new BundleCopy(SecondStage);
        copy.EditManifest(manifest => manifest["firstStage"] = ModelOf(first.Directory));
        return copy;
    }

    public static string ModelOf(string folder)
    {
        using var manifest = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(folder, "manifest.json")));
        return $"{manifest.RootElement.GetProperty("name")}@{System.IO.File.ReadAllText(Path.Combine(folder, "manifest.sha256"))[..8]}";
    }

    public static Task Eventually(Func<bool> condition) => EventuallyAsync(() => Task.FromResult(condition()));

    public static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 1_000; i++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(20);
        }

        Assert.Fail("It did not come true in time.");
    }

    public async ValueTask DisposeAsync()
    {
        await The.DisposeAsync();
        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
