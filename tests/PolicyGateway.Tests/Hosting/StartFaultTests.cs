using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PolicyGateway.Cli;
using PolicyGateway.Demo;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Hosting;

/// <summary><c>serve</c> with something wrong in what it loads: status 1, a line for each fault, and nothing served.</summary>
public sealed class StartFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-start-").FullName;
    private readonly string _bundle;

    public StartFaultTests()
    {
        _bundle = Directory.CreateDirectory(Path.Combine(_folder, "bundle")).FullName;
        foreach (var file in Directory.GetFiles(RepositoryFiles.Require(RepositoryFiles.Bundle, "Classifier:Bundle")))
        {
            File.Copy(file, Path.Combine(_bundle, Path.GetFileName(file)));
        }

        File.Copy(RepositoryFiles.Require(RepositoryFiles.Policy, "Policy:File"), PolicyFile);
    }

    private string PolicyFile => Path.Combine(_folder, "policy.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task With_nothing_wrong_it_gets_ready()
    {
        var management = FreePort.Next();
        using var process = GatewayProcess.Start(_folder, Arguments(management));
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{management}") };
            var status = HttpStatusCode.ServiceUnavailable;
            for (var i = 0; i < 300 && status != HttpStatusCode.OK && !process.HasExited; i++)
            {
                await Task.Delay(100);
                status = await StatusAsync(client);
            }

            Assert.True(status == HttpStatusCode.OK, process.HasExited ? await process.StandardError.ReadToEndAsync() : $"{status}");
        }
        finally
        {
            await GatewayProcess.KillAsync(process);
        }
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("vocabulary.bin")]
    [InlineData("manifest.json")]
    public async Task A_flipped_byte_in_the_bundle_stops_the_start_and_names_the_file(string file)
    {
        var path = Path.Combine(_bundle, file);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        var line = Assert.Single(await FaultsAsync());

        Assert.Contains(file, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("manifest.json")]
    public async Task A_missing_file_of_the_bundle_stops_the_start_and_is_named(string file)
    {
        File.Delete(Path.Combine(_bundle, file));

        var line = Assert.Single(await FaultsAsync());

        Assert.Contains(file, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_label_map_stops_the_start_although_its_checksum_is_right()
    {
        var path = Path.Combine(_bundle, "manifest.json");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        var heads = manifest["heads"]!.AsArray();
        (heads[0], heads[1]) = (heads[1]!.DeepClone(), heads[0]!.DeepClone());
        await File.WriteAllTextAsync(path, manifest.ToJsonString());
        await File.WriteAllTextAsync(Path.Combine(_bundle, "manifest.sha256"), Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path))));

        var line = Assert.Single(await FaultsAsync());

        Assert.Contains("heads", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_with_ten_faults_is_told_all_ten()
    {
        await File.WriteAllTextAsync(PolicyFile, Policy.PolicyFaultsTests.TenFaults);

        var lines = await FaultsAsync();

        Assert.Equal(10, lines.Length);
        Assert.All(lines, line => Assert.Contains("policy.json", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_policy_is_one_line()
    {
        File.Delete(PolicyFile);

        Assert.Contains("policy.json", Assert.Single(await FaultsAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_that_cannot_be_opened_is_one_line_that_names_its_setting()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data", "audit", "audit.db"));

        Assert.Contains("Audit:File", Assert.Single(await FaultsAsync()), StringComparison.Ordinal);
    }

    private async Task<string[]> FaultsAsync()
    {
        using var process = GatewayProcess.Start(_folder, Arguments(FreePort.Next()));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);

            Assert.Equal(1, process.ExitCode);
            Assert.DoesNotContain("Now listening", await output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", await output + await errors, StringComparison.Ordinal);
            return (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        finally
        {
            await GatewayProcess.KillAsync(process);
        }
    }

    private List<string> Arguments(int management)
    {
        using var issuer = DevelopmentIssuer.Open(_folder, TimeProvider.System);
        var settings = new Dictionary<string, string?>
        {
            ["Gateway:PublicUrl"] = "https://gateway.example",
            ["Gateway:ListenUrl"] = "http://127.0.0.1:0",
            ["Gateway:ManagementUrl"] = $"http://127.0.0.1:{management}",
            ["Gateway:DataDirectory"] = Path.Combine(_folder, "data"),
            ["Policy:File"] = PolicyFile,
            ["Classifier:Bundle"] = _bundle,
            ["Backends:Clusters:c:Destinations:0"] = "http://127.0.0.1:1",
            ["Backends:Models:m:Cluster"] = "c",
        };
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:0", issuer.AsIssuer(["security-professional"])))
        {
            settings[key] = value;
        }

        return ["serve", "--environment", "Development", .. settings.SelectMany(pair => new[] { "--set", $"{pair.Key}={pair.Value}" })];
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync("/healthz/ready");
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return HttpStatusCode.ServiceUnavailable;
        }
    }
}
