using System.Text.RegularExpressions;

namespace PolicyGateway.Tests.Policy;

/// <summary>What the folder agreed on: the policy is pure.</summary>
public sealed partial class PolicyConventionTests
{
    private static readonly string Folder = Path.Combine(ThePolicy.RepositoryRoot, "src", "PolicyGateway", "Policy");

    [Fact]
    public void The_policy_knows_no_dialect_no_audit_no_forwarding_and_no_request_path() =>
        Assert.DoesNotContain(Sources(), file => Neighbours().IsMatch(File.ReadAllText(file)));

    [Fact]
    public void Only_the_endpoint_knows_http() =>
        Assert.Equal(["RequirementsEndpoint.cs"], Sources().Where(file => Http().IsMatch(File.ReadAllText(file))).Select(Path.GetFileName));

    [Fact]
    public void What_decides_takes_its_time_as_an_argument() =>
        Assert.DoesNotContain(Sources(), file => Clock().IsMatch(File.ReadAllText(file)));

    private static string[] Sources()
    {
        var files = Directory.GetFiles(Folder, "*.cs", SearchOption.AllDirectories);
        Assert.True(files.Length > 10);
        return files;
    }

    [GeneratedRegex(@"\bPolicyGateway\.(Dialects|Audit|Inference|Forwarding|Release|Telemetry|Hosting|Cli)\b|\bYarp\b")]
    private static partial Regex Neighbours();

    [GeneratedRegex(@"Microsoft\.AspNetCore|\bHttpContext\b|\bIEndpointRouteBuilder\b|\bResults\.")]
    private static partial Regex Http();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b")]
    private static partial Regex Clock();
}
