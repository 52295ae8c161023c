using System.CommandLine;
using System.Text.Json;
using PolicyGateway.Cli;

namespace PolicyGateway.Tests.Policy;

public sealed class ExplainCommandTests
{
    [Theory]
    [InlineData("--category cyber --score 0.9", "refuse", "categories.cyber.prompt.flagged")]
    [InlineData("--category cyber --score 0.9 --side completion", "refuse", "categories.cyber.completion.flagged")]
    [InlineData("--category cyber --score 0.4", "hold", "categories.cyber.prompt.uncertain")]
    [InlineData("--tier professional --credential security-professional --category cyber.malware", "allow", "categories.cyber.requires")]
    [InlineData("--tier professional --credential security-professional --category cyber --prohibited-score 0.9", "prohibit", "severity[1]")]
    [InlineData("--tier professional --credential life-sciences --acr pwd --category bio", "step_up", "categories.bio.prompt.flagged")]
    [InlineData("--tier professional --credential life-sciences --acr phr --category bio", "allow", "categories.bio.requires")]
    [InlineData("--category other", "refuse", "categories.other.prompt.flagged")]
    [InlineData("", "allow", "categories")]
    public void It_says_what_is_decided_and_by_which_rule(string arguments, string decision, string rule)
    {
        var (code, output, _) = Run(arguments + " --json");
        using var answer = JsonDocument.Parse(output);

        Assert.Equal(0, code);
        Assert.Equal(decision, answer.RootElement.GetProperty("decision").GetString());
        Assert.Equal(rule, answer.RootElement.GetProperty("rule").GetString());
    }

    [Theory]
    [InlineData("", "step_up")]
    [InlineData("--bound ", "allow")]
    public void It_says_what_a_bound_token_changes(string option, string decision)
    {
        var folder = Directory.CreateTempSubdirectory("policygateway-explain-");
        try
        {
            var file = Path.Combine(folder.FullName, "policy.json");
            File.WriteAllText(file, """{"name":"n","categories":{"cyber":{"requires":{"tier":"verified","any_of":[],"sender_constrained":true}}}}""");
            var (code, output, _) = Run(file, $"--tier verified {option}--category cyber");

            Assert.Equal(0, code);
            Assert.Matches($@"decision +{decision}\s", output);
            Assert.Equal(decision == "step_up", output.Contains("sender_constrained", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void It_reads_as_a_list_for_people()
    {
        var (_, output, _) = Run("--category cyber");

        Assert.Contains("required_credentials  security-professional", output, StringComparison.Ordinal);
    }

    [Fact]
    public void It_prints_the_whole_table()
    {
        var (code, output, _) = Run("--table");

        Assert.Equal(0, code);
        Assert.Matches(@"cyber +prompt +flagged dual-use +refuse/refuse +refuse/refuse +refuse/allow +refuse/allow", output);
        Assert.Matches(@"minors +completion +uncertain prohibited +prohibit/prohibit", output);
    }

    [Fact]
    public void It_says_which_word_it_does_not_know()
    {
        var (code, output, error) = Run("--tier wizard --category alchemy --score 2");

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains("--tier: 'wizard'", error, StringComparison.Ordinal);
        Assert.Contains("--category: 'alchemy'", error, StringComparison.Ordinal);
        Assert.Contains("--score", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_that_cannot_be_loaded_is_named()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = ExplainCommand.Create().Parse(["--bundle", "/no/such/bundle"]).Invoke(new InvocationConfiguration { Output = output, Error = error });

        Assert.Equal(1, code);
        Assert.Contains("/no/such/bundle", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Policy_and_thresholds_are_the_shipped_ones_unless_said_otherwise()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        // 0.65 flags every category by the plain thresholds of tests; this head of the shipped bundle wants more.
        var code = ExplainCommand.Create().Parse(["--category", "other", "--score", "0.65"]).Invoke(new InvocationConfiguration { Output = output, Error = error });

        Assert.Equal(0, code);
        Assert.Contains("categories.other.prompt.uncertain", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "credential_too_weak")]
    [InlineData("--credential-assurance high", "allowed_by_clearance")]
    [InlineData("--credential-assurance high --credential-age 60", "allowed_by_clearance")]
    [InlineData("--credential-assurance high --credential-age 61", "credential_too_old")]
    public void A_credential_may_have_an_age_and_an_assurance(string options, string reason)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """
            { "name": "n", "categories": { "bio": { "requires": { "tier": "verified", "any_of": ["c"], "credential_max_age": 60, "credential_assurance": ["high"] } } } }
            """);
        var (_, output, _) = Run(file, $"--category bio --tier verified --credential c {options}");
        File.Delete(file);

        Assert.Contains(reason, output, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(string arguments) => Run(ThePolicy.ShippedPath, arguments);

    private static (int Code, string Output, string Error) Run(string policy, string arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = ["--policy", policy, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        var code = ExplainCommand.Create(profile: ThePolicy.Profile).Parse(all).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
