using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>What is wrong with a file is said all at once, with the key and the line.</summary>
public sealed class PolicyFaultsTests
{
    /// <summary>Each line with a fault says which key must be named; ten faults of ten kinds, and none hides another.</summary>
    internal const string TenFaults = """
        {
          "name": "ten faults",
          "mode": "off",                                                       // mode
          "on_unknown": "allow",                                               // on_unknown
          "colour": "blue",                                                    // colour
          "severity": [
            { "severity": "prohibited", "category": "cyberr" }                 // severity[0].category
          ],
          "categories": {
            "cyber": {
              "requires": { "tier": "wizard", "any_of": ["researcher"] },      // categories.cyber.requires.tier
              "threshold": { "uncertain": 0.9, "flagged": 0.4 },               // categories.cyber.threshold
              "completion": { "flagged": "hold" }                              // categories.cyber.completion.flagged
            },
            "bio": {
              "title": "Biology",
              "title": "Biologie",                                             // categories.bio.title
              "verification_uri": "apply here"                                 // categories.bio.verification_uri
            },
            "alchemy": { "examples": [] },                                     // categories.alchemy.head
            "other": { "head": "flagged", "fallback": true }
          }
        }
        """;

    [Theory]
    [InlineData("\"approvals\": 0", "approvals")]
    [InlineData("\"approvals\": 1.5", "approvals")]
    [InlineData("\"approvals\": 6", "approvals")]
    [InlineData("\"approvals\": \"two\"", "approvals")]
    [InlineData("\"longest_grant_days\": 0.5", "longest_grant_days")]
    [InlineData("\"longest_grant_days\": 4000", "longest_grant_days")]
    public void How_a_category_is_granted_has_bounds(string setting, string key)
    {
        var text = $$"""{"name":"p","categories":{"cyber":{"requires":{"tier":"verified","any_of":[]}, {{setting}} }, "other":{"head":"flagged","fallback":true} } }""";

        Assert.Contains(Check(text).Faults, fault => fault.Key == $"categories.cyber.{key}");
    }

    [Fact]
    public void A_policy_with_ten_faults_is_told_all_ten_by_key_and_line()
    {
        var expected = TenFaults.Split('\n')
            .Select((line, index) => (Line: index + 1, Mark: line.LastIndexOf("// ", StringComparison.Ordinal), Text: line))
            .Where(line => line.Mark > 0)
            .Select(line => $"{line.Text[(line.Mark + 3)..].Trim()} (line {line.Line})")
            .ToList();

        var found = Check(TenFaults);

        Assert.Equal(10, expected.Count);
        Assert.Equal(expected, found.Faults.Select(fault => $"{fault.Key} (line {fault.Line})"));
        Assert.Null(found.Snapshot);
    }

    [Theory]
    [InlineData("", "$", "no valid JSON")]
    [InlineData("{", "$", "no valid JSON")]
    [InlineData("{} {}", "$", "no valid JSON")]
    [InlineData("[]", "$", "An object is expected")]
    [InlineData("null", "$", "An object is expected")]
    [InlineData("{\"name\":\"n\",\"categories\":{}}", "categories", "at least one category")]
    [InlineData("{\"categories\":{\"cyber\":{}}}", "name", "Give the policy a name")]
    [InlineData("{\"name\":\" \",\"categories\":{\"cyber\":{}}}", "name", "empty")]
    [InlineData("{\"name\":7,\"categories\":{\"cyber\":{}}}", "name", "A string is expected")]
    [InlineData("{\"name\":\"n\",\"name\":\"n\",\"categories\":{\"cyber\":{}}}", "name", "stands twice")]
    [InlineData("{\"name\":\"n\",\"tenants\":{\"\":{\"mode\":\"off\"}},\"categories\":{\"cyber\":{}}}", "tenants", "without a name is nobody")]
    [InlineData("{\"name\":\"n\",\"tenants\":{\"t\":{}},\"categories\":{\"cyber\":{}}}", "tenants.t", "listed for its mode")]
    [InlineData("{\"name\":\"n\",\"severity\":[{\"severity\":\"benign\"}],\"categories\":{\"cyber\":{}}}", "severity[0].severity", "not possible")]
    [InlineData("{\"name\":\"n\",\"severity\":[{}],\"categories\":{\"cyber\":{}}}", "severity[0]", "gives a severity")]
    [InlineData("{\"name\":\"n\",\"severity\":[{\"severity\":\"prohibited\",\"head\":\"intent\"}],\"categories\":{\"cyber\":{}}}", "severity[0].head", "no head 'intent'")]
    [InlineData("{\"name\":\"n\",\"severity\":[{\"severity\":\"prohibited\",\"at_least\":0}],\"categories\":{\"cyber\":{}}}", "severity[0].at_least", "probability")]
    [InlineData("{\"name\":\"n\",\"severity\":[{\"severity\":\"prohibited\",\"at_least\":1e999}],\"categories\":{\"cyber\":{}}}", "severity[0].at_least", "too large")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"Cyber\":{\"head\":\"cyber\"}}}", "categories.Cyber", "small letters")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"bio.toxins\":{\"head\":\"bio\"}}}", "categories.bio.toxins", "nested in 'bio'")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"head\":\"hacking\"}}}", "categories.cyber.head", "no head 'hacking'")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"threshold\":{\"flagged\":1.5}}}}", "categories.cyber.threshold", "probability")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"threshold\":{\"flagged\":0.2}}}}", "categories.cyber.threshold", "begins at 0.3")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"requires\":{\"any_of\":[]}}}}", "categories.cyber.requires.tier", "lowest tier")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"requires\":{\"tier\":\"public\"}}}}", "categories.cyber.requires.any_of", "tier alone")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"requires\":{\"tier\":\"public\",\"any_of\":[\"\"]}}}}", "categories.cyber.requires.any_of[0]", "not empty")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"requires\":{\"tier\":\"public\",\"any_of\":[],\"max_age\":0}}}}", "categories.cyber.requires.max_age", "seconds")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"other\":{\"head\":\"flagged\"}}}", "categories.other.fallback", "fallback")]
    [InlineData("{\"name\":\"n\",\"categories\":{\"cyber\":{\"fallback\":true},\"bio\":{\"fallback\":true}}}", "categories.bio.fallback", "there is one")]
    public void A_fault_names_its_key(string policy, string key, string message)
    {
        var found = Check(policy);

        Assert.Contains(found.Faults, fault => fault.Key == key && fault.Message.Contains(message, StringComparison.Ordinal));
        Assert.Null(found.Snapshot);
    }

    [Fact]
    public void What_is_no_utf8_too_deep_too_large_or_not_there_is_a_fault_and_no_crash()
    {
        byte[][] files =
        [
            [.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8],
            [.. new string('[', 5000).Select(letter => (byte)letter)],
            new byte[2 * 1024 * 1024],
        ];
        foreach (var file in files)
        {
            Assert.Single(PolicyCheck.Check(file, ThePolicy.Ladder, ThePolicy.Profile).Faults);
        }

        Assert.Single(PolicyCheck.Check("/nowhere/policy.json", ThePolicy.Ladder, ThePolicy.Profile).Faults);
    }

    [Fact]
    public void Allowing_what_was_not_classified_is_accepted_only_where_nothing_is_gated()
    {
        const string Open = """
            {"name":"n","on_unknown":"allow","anonymous":"allow","categories":{
              "cyber":{"prompt":{"uncertain":"allow","flagged":"log"},"completion":{"uncertain":"allow","flagged":"log"}},
              "other":{"head":"flagged","fallback":true,"prompt":{"uncertain":"allow","flagged":"log"},"completion":{"uncertain":"allow","flagged":"LAST"}}}}
            """;

        var policy = ThePolicy.Load(Open.Replace("LAST", "log", StringComparison.Ordinal));

        Assert.Equal(DecisionAction.Allow, PolicyTable.DecideCompletion(policy, ThePolicy.Someone("public"), ThePolicy.Unknown(), ThePolicy.Now).Action);
        Assert.Equal("on_unknown", Assert.Single(Check(Open.Replace("LAST", "refuse", StringComparison.Ordinal)).Faults).Key);
    }

    [Fact]
    public void Warnings_say_what_an_operator_should_know_and_stop_nothing()
    {
        var found = Check("""
            {
              "name": "n",
              "tenants": { "lab": { "mode": "off" } },
              "severity": [{ "severity": "prohibited", "category": "minors" }],
              "categories": {
                "cyber": { "completion": { "flagged": "log" }, "allow_unjudged": true },
                "cyber.malware": {},
                "minors": { "requires": { "tier": "professional", "any_of": [] } }
              }
            }
            """);

        Assert.NotNull(found.Snapshot);
        foreach (var key in new[]
        {
            "tenants.lab.mode", "categories.cyber.completion.flagged", "categories.cyber.allow_unjudged",
            "categories.cyber.malware.head", "categories.minors.requires", "categories",
        })
        {
            Assert.Contains(found.Warnings, warning => warning.Key == key);
        }
    }

    private static PolicyCheckResult Check(string policy) => PolicyCheck.CheckText(policy, ThePolicy.Ladder, ThePolicy.Profile);
}
