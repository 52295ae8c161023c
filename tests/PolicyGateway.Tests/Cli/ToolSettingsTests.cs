using PolicyGateway.Cli;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Cli;

public sealed class ToolSettingsTests : IDisposable
{
    private static readonly string Pin = new('a', 64);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("settings-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Without_anything_it_is_what_the_repository_ships()
    {
        var settings = ToolSettings.Read();

        Assert.EndsWith(RepositoryFiles.Bundle, settings.Classifier.Bundle, StringComparison.Ordinal);
        Assert.EndsWith(RepositoryFiles.EncoderBundle, settings.Classifier.EncoderBundle, StringComparison.Ordinal);
        Assert.Equal(ThePolicy.ShippedPath, settings.PolicyFile);
        Assert.Equal(["public", "registered", "verified", "professional"], settings.Ladder.Tiers.Select(tier => tier.Name));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10)), (settings.Classifier.Deadline, settings.GatewayDeadline));
    }

    [Fact]
    public void The_gateways_configuration_counts()
    {
        var settings = ToolSettings.Read(Configuration());

        Assert.Equal(("/first", "/second", Pin, 5_000), (settings.Classifier.Bundle, settings.Classifier.EncoderBundle, settings.Classifier.EncoderManifestSha256, settings.Classifier.MaxCharacters));
        Assert.Equal(("/policy.json", TimeSpan.FromSeconds(3)), (settings.PolicyFile, settings.GatewayDeadline));
        Assert.Equal(["guest", "staff"], settings.Ladder.Tiers.Select(tier => tier.Name));
    }

    [Theory]
    [InlineData("/other", null, "/other", "", "")]
    [InlineData("/other", "/third", "/other", "/third", "")]
    [InlineData(null, "/third", "/first", "/third", "")]
    public void What_an_option_names_counts_before_it_and_is_not_held_to_its_pins(string? bundle, string? encoder, string first, string second, string pin)
    {
        var settings = ToolSettings.Read(Configuration(), bundle, encoder, "/mine.json");

        Assert.Equal((first, second, pin), (settings.Classifier.Bundle, settings.Classifier.EncoderBundle, settings.Classifier.EncoderManifestSha256));
        Assert.Equal("/mine.json", settings.PolicyFile);
    }

    [Theory]
    [InlineData("nonsense", "cannot be read")]
    [InlineData("""{ "Identity": { "Tiers": ["a", "a"] } }""", "Identity:Tiers")]
    [InlineData("""{ "Classifier": { "Lanes": "many" } }""", "Classifier:Lanes")]
    public void A_configuration_with_a_fault_is_named(string json, string says) =>
        Assert.Contains(says, Assert.Throws<CommandFault>(() => ToolSettings.Read(FileOf(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_option_that_is_out_of_range_is_named_before_a_model_is_loaded()
    {
        var settings = ToolSettings.Read(FileOf("""{ "Classifier": { "Lanes": 0, "MaxCharacters": 1 } }"""));
        var fault = Assert.Throws<CommandFault>(settings.LoadClassifier);

        Assert.Contains("Classifier:Lanes", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Classifier:MaxCharacters", fault.Message, StringComparison.Ordinal);
    }

    private string Configuration() => FileOf($$"""
        {
          "Classifier": { "Bundle": "/first", "EncoderBundle": "/second", "EncoderManifestSha256": "{{Pin}}", "MaxCharacters": 5000, "Deadline": "00:00:03" },
          "Policy": { "File": "/policy.json" },
          "Identity": { "Tiers": ["guest", "staff"] }
        }
        """);

    private string FileOf(string json)
    {
        var file = Path.Combine(_folder.FullName, $"{Guid.NewGuid():n}.json");
        File.WriteAllText(file, json);
        return file;
    }
}
