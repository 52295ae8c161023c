using System.Text;
using System.Text.Json.Nodes;
using PolicyGateway.Classification.Tests.Bundles;

namespace PolicyGateway.Classification.Tests.Encoder;

public sealed class EncoderBundleTests : IDisposable
{
    private readonly BundleCopy _copy = new(Shipped.EncoderBundle);

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("tokenizer.json")]
    [InlineData("vectors.jsonl")]
    [InlineData("manifest.json")]
    public void A_flipped_byte_is_refused_by_the_file_s_name(string file)
    {
        _copy.Flip(file);

        Assert.Contains($"The bundle's file {file} has SHA-256", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_first_stage_than_it_was_calibrated_behind_is_refused()
    {
        _copy.EditManifest(static manifest => manifest["firstStage"] = "ngram-1@00000000");

        Assert.Contains("was calibrated behind ngram-1@00000000, but Classifier:Bundle is ngram-1@", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_of_another_model_is_found_by_the_known_texts()
    {
        var tokenizer = JsonNode.Parse(File.ReadAllBytes(_copy.PathOf("tokenizer.json")))!;
        var pieces = tokenizer["model"]!["vocab"]!.AsArray();
        for (var i = 1000; i < 2000; i += 2)
        {
            var (one, two) = (pieces[i]!.DeepClone(), pieces[i + 1]!.DeepClone());
            (pieces[i], pieces[i + 1]) = (two, one);
        }

        _copy.Replace("tokenizer.json", Encoding.UTF8.GetBytes(tokenizer.ToJsonString()));

        Assert.Contains("does not cut the known text", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "is no tokenizer.json of a unigram model")]
    [InlineData("{\"model\":{\"type\":\"BPE\"}}", "model.type must be Unigram")]
    [InlineData("not json", "is no tokenizer.json of a unigram model")]
    public void A_file_that_is_no_tokenizer_is_refused(string file, string fault)
    {
        _copy.Replace("tokenizer.json", Encoding.UTF8.GetBytes(file));

        Assert.Contains(fault, Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_in_another_order_are_found_by_the_known_texts()
    {
        _copy.RotateScores();

        Assert.Contains("its heads are in another order", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_without_known_texts_is_refused()
    {
        _copy.Replace("vectors.jsonl", []);

        Assert.Contains("without known texts nobody can tell", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_another_kind_is_refused()
    {
        _copy.ReplaceModel(File.ReadAllBytes(Path.Combine(Shipped.Bundle, "model.onnx")));

        Assert.Contains("must have exactly the inputs input_ids", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("promptCalibration", "encoder", 0, "promptCalibration.bio must have a finite offset, a positive weight for encoder")]
    [InlineData("completionCalibration", "ngram", -1, "completionCalibration.bio must have a finite offset, a positive weight for encoder")]
    public void A_line_that_falls_is_refused(string field, string weight, double value, string fault)
    {
        _copy.EditManifest(manifest => manifest[field]!["bio"]![weight] = value);

        Assert.Contains(fault, Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encoder", "maxTokens", 4000, "encoder.maxTokens is 4000")]
    [InlineData("encoder", "contextTokens", 200, "encoder.contextTokens is 200")]
    [InlineData("clearing", "prompt", 1, "clearing.prompt is 1")]
    public void A_number_out_of_range_is_refused_by_its_field(string part, string field, double value, string fault)
    {
        _copy.EditManifest(manifest => manifest[part]![field] = value);

        Assert.Contains(fault, Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_other_than_the_pinned_one_is_refused()
    {
        var fault = Assert.Throws<BundleException>(() => Classifiers.Load(
            new ClassifierOptions { Bundle = Shipped.Bundle, EncoderBundle = _copy.Directory, EncoderManifestSha256 = new string('0', 64), Lanes = 1 })).Message;

        Assert.Contains("but Classifier:EncoderManifestSha256 pins", fault, StringComparison.Ordinal);
    }

    public void Dispose() => _copy.Dispose();

    private string Fault()
    {
        var fault = Assert.Throws<BundleException>(() =>
            Classifiers.Load(new ClassifierOptions { Bundle = Shipped.Bundle, EncoderBundle = _copy.Directory, Lanes = 1, EncoderLanes = 1 }));
        Assert.Equal("Classifier:EncoderBundle", fault.Setting);
        return fault.Message;
    }
}
