using PolicyGateway.Cli;

namespace PolicyGateway.Tests.Hosting;

/// <summary>The runtime of the models reports its use to its maker, and keeps an identifier for that in the user's cache, unless it is told not to in time.</summary>
public sealed class NoReportsTests : IDisposable
{
    /// <summary>What the runtime takes for a build server, where it keeps quiet by itself.</summary>
    private static readonly string[] BuildServers = ["CI", "TF_BUILD", "GITHUB_ACTIONS", "BUILD_ID", "BUILD_BUILDID", "JENKINS_URL", "TEAMCITY_VERSION", "TRAVIS", "CIRCLECI", "APPVEYOR", "GITLAB_CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"];

    private readonly string _home = Directory.CreateTempSubdirectory("policygateway-home-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Judging_a_text_leaves_no_identifier_and_nothing_to_send()
    {
        var variables = BuildServers.ToDictionary(static name => name, static _ => (string?)null);
        (variables["HOME"], variables["XDG_CACHE_HOME"], variables["TMPDIR"]) = (_home, Path.Combine(_home, "cache"), _home);
        using var process = GatewayProcess.StartWith(
            _home, variables, "classify", "--bundle", RepositoryFiles.Require(RepositoryFiles.Bundle, "Classifier:Bundle"), "--policy", RepositoryFiles.Require(RepositoryFiles.Policy, "Policy:File"), "good", "morning");

        var (said, fault) = (await process.StandardOutput.ReadToEndAsync(), await process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, fault);
        Assert.Contains("ngram", said, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(_home, "*", SearchOption.AllDirectories), static file => file.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase) || file.Contains("deviceid", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("", fault);
    }
}
