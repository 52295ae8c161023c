using System.Text;
using System.Text.Json.Nodes;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Bundles;

public sealed class NgramBundleTests : IDisposable
{
    private readonly BundleCopy _copy = new(Shipped.Bundle);

    [Fact]
    public void The_shipped_bundle_loads_with_the_label_map_in_order()
    {
        var profile = NgramBundle.Load(_copy.Directory).Profile;

        Assert.Equal(LabelMap.Heads, profile.Heads);
        Assert.Equal(16, profile.Thresholds.Length);
        Assert.Matches("^ngram-1@[0-9a-f]{8}$", profile.Model);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("vocabulary.bin")]
    [InlineData("evaluation.json")]
    [InlineData("vectors.jsonl")]
    [InlineData("manifest.json")]
    public void A_flipped_byte_is_refused_by_the_file_s_name(string file)
    {
        _copy.Flip(file);

        Assert.Contains($"The bundle's file {file} has SHA-256", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("vocabulary.bin")]
    [InlineData("evaluation.json")]
    [InlineData("vectors.jsonl")]
    [InlineData("manifest.json")]
    [InlineData("manifest.sha256")]
    public void A_missing_file_is_refused_by_its_name(string file)
    {
        File.Delete(_copy.PathOf(file));

        Assert.Contains($"The bundle's file {file} cannot be read", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_other_than_the_pinned_one_is_refused()
    {
        var pinned = new string('0', 64);

        var fault = Assert.Throws<BundleException>(() => NgramBundle.Load(_copy.Directory, pinned)).Message;

        Assert.Contains("but Classifier:ManifestSha256 pins", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_map_in_another_order_is_refused()
    {
        _copy.EditManifest(manifest =>
        {
            var heads = manifest["heads"]!.AsArray();
            (heads[0], heads[1]) = (JsonValue.Create("bio"), JsonValue.Create("cyber"));
        });

        Assert.Contains("heads is [bio, cyber, chem,", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_map_with_a_head_too_few_is_refused()
    {
        _copy.EditManifest(manifest => manifest["heads"]!.AsArray().RemoveAt(15));

        Assert.Contains("heads is [", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_featurizer_hash_other_than_the_code_s_is_refused()
    {
        _copy.EditManifest(manifest => manifest["featurizerHash"] = new string('a', 64));

        Assert.Contains("featurizerHash is aaaa", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_featurizer_spec_that_its_hash_does_not_cover_is_refused()
    {
        _copy.EditManifest(manifest => manifest["featurizer"]!["windowCharacters"] = 100);

        Assert.Contains("featurizer does not match featurizerHash", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.6, 0.5)]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 1)]
    public void A_band_that_does_not_rise_within_0_and_1_is_refused_by_its_head(double uncertain, double flagged)
    {
        _copy.EditManifest(manifest =>
        {
            manifest["thresholds"]!["cyber"]!["uncertain"] = uncertain;
            manifest["thresholds"]!["cyber"]!["flagged"] = flagged;
        });

        Assert.Contains("thresholds.cyber is", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_calibration_that_falls_is_refused()
    {
        _copy.EditManifest(manifest => manifest["completionCalibration"]!["bio"]!["slope"] = -1);

        Assert.Contains("completionCalibration.bio must have a finite offset and a positive slope", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_without_calibration_is_refused()
    {
        _copy.EditManifest(manifest => manifest["promptCalibration"]!.AsObject().Remove("minors"));

        Assert.Contains("promptCalibration has no entry for minors", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_outside_the_bundle_is_refused()
    {
        _copy.EditManifest(manifest => manifest["files"]!["../secret"] = new string('0', 64));

        Assert.Contains("files names ../secret", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_that_this_version_does_not_know_is_refused()
    {
        _copy.EditManifest(manifest => manifest["threshold"] = 1);

        Assert.Contains("manifest.json is not a manifest", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_that_is_not_JSON_is_refused()
    {
        File.WriteAllText(_copy.PathOf("manifest.json"), "{");
        _copy.Seal();

        Assert.Contains("manifest.json is not a manifest", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pinned_model_that_is_no_model_is_refused_by_the_runtime()
    {
        _copy.ReplaceModel([1, 2, 3]);

        Assert.Contains("model.onnx is no model that ONNX Runtime loads", FaultOfUse(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_without_known_texts_is_refused()
    {
        _copy.Replace("vectors.jsonl", []);

        Assert.Contains("without known texts nobody can tell", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"kind\":1}")]
    [InlineData("null")]
    [InlineData("{\"kind\":\"prompt\",\"text\":\"hello\"}")]
    [InlineData("{\"kind\":\"prompt\",\"text\":\"hello\",\"scores\":null}")]
    public void A_bundle_whose_known_texts_are_none_is_refused(string line)
    {
        _copy.Replace("vectors.jsonl", Encoding.UTF8.GetBytes(line));

        Assert.Contains("vectors.jsonl is no list of known texts", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[0.5]")]
    public void A_known_text_without_a_score_for_each_head_is_refused(string scores)
    {
        _copy.Replace("vectors.jsonl", Encoding.UTF8.GetBytes($"{{\"kind\":\"prompt\",\"text\":\"hello\",\"scores\":{scores}}}"));

        Assert.Contains("does not give the known text 1 its scores", FaultOfUse(), StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_in_another_order_are_found_by_the_known_texts()
    {
        _copy.RotateScores();

        Assert.Contains("does not give the known text 1 its scores", FaultOfUse(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_of_another_model_is_found_by_the_known_texts()
    {
        var vocabulary = File.ReadAllBytes(_copy.PathOf("vocabulary.bin"));
        _copy.Replace("vocabulary.bin", [.. vocabulary[(vocabulary.Length / 2)..], .. vocabulary[..(vocabulary.Length / 2)]]);

        Assert.Contains("does not give the known text 1 its scores", FaultOfUse(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_calibration_of_another_head_is_found_by_the_known_texts()
    {
        _copy.EditManifest(manifest => manifest["promptCalibration"]!["bio"] = manifest["promptCalibration"]!["cyber"]!.DeepClone());

        Assert.Contains("its scores", FaultOfUse(), StringComparison.Ordinal);
    }

    public void Dispose() => _copy.Dispose();

    private string FaultOfUse() =>
        Assert.Throws<BundleException>(() => NgramClassifier.Load(new ClassifierOptions { Bundle = _copy.Directory })).Message;

    private string Fault() => Assert.Throws<BundleException>(() => NgramBundle.Load(_copy.Directory)).Message;
}
