using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

public sealed class PolicyVersionTests
{
    private const string Plain = """{"name":"n","categories":{"cyber":{"threshold":{"uncertain":0.3,"flagged":0.6}},"bio":{}}}""";

    [Theory]
    [InlineData("""{ "name": "n", /* a word */ "categories": { "cyber": { "threshold": { "uncertain": 0.3, "flagged": 0.6 } }, "bio": {} } } // end""")]
    [InlineData("""{"$schema":"./policy.schema.json","name":"n","categories":{"bio":{},"cyber":{"threshold":{"flagged":0.60,"uncertain":3e-1},},},}""")]
    [InlineData("\uFEFF" + Plain)]
    public void The_version_does_not_change_with_comments_spaces_order_or_spelling(string policy) =>
        Assert.Equal(Version(Plain), Version(policy));

    [Theory]
    [InlineData("\"n\"", "\"m\"")]
    [InlineData("0.6", "0.61")]
    public void The_version_changes_with_the_content(string old, string changed) =>
        Assert.NotEqual(Version(Plain), Version(Plain.Replace(old, changed, StringComparison.Ordinal)));

    [Fact]
    public void The_version_is_short_enough_to_read_and_stands_on_every_decision()
    {
        var policy = ThePolicy.Load(Plain);

        Assert.Matches("^[0-9a-f]{16}$", policy.Version);
        Assert.Equal(policy.Version, PolicyTable.DecidePrompt(policy, ThePolicy.Someone("public"), ThePolicy.Unknown(), false, ThePolicy.Now).PolicyVersion);
    }

    private static string Version(string policy) => ThePolicy.Load(policy).Version;
}
