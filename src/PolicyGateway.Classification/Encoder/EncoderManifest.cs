using System.Text.Json.Serialization;
using PolicyGateway.Classification.Bundles;

namespace PolicyGateway.Classification.Encoder;

/// <summary>The manifest.json of a bundle of the second stage.</summary>
internal sealed record EncoderManifest : BundleManifest
{
    /// <summary>How a text is cut for it.</summary>
    public required EncoderSpec Encoder { get; init; }

    /// <summary>
    /// The first stage's bundle, name and start of its hash, whose scores calibration and clearing were fitted on. Another one
    /// would be cleared by a threshold that says nothing of it.
    /// </summary>
    public required string FirstStage { get; init; }

    /// <summary>Below these scores of the first stage a text is cleared without asking the second.</summary>
    public required ClearingRule Clearing { get; init; }

    /// <summary>Head to its line, for prompts and for completions.</summary>
    public required IReadOnlyDictionary<string, BlendLine> PromptCalibration { get; init; }

    public required IReadOnlyDictionary<string, BlendLine> CompletionCalibration { get; init; }

    [JsonIgnore]
    public override IReadOnlyList<string> NeededFiles => [ModelFile, EncoderBundle.TokenizerFile, KnownTexts.FileName];

    public override void Check()
    {
        ManifestRules.Require(Encoder.MaxTokens is >= 16 and <= 512, $"encoder.maxTokens is {Encoder.MaxTokens}, but must be from 16 to 512");
        ManifestRules.Require(
            Encoder.ContextTokens >= 0 && Encoder.ContextTokens <= Encoder.MaxTokens / 2,
            $"encoder.contextTokens is {Encoder.ContextTokens}, but must be from 0 to half of maxTokens");
        CheckClearing(Clearing.Prompt, "clearing.prompt");
        CheckClearing(Clearing.Completion, "clearing.completion");
        foreach (var head in LabelMap.Heads)
        {
            CheckLine(PromptCalibration, "promptCalibration", head);
            CheckLine(CompletionCalibration, "completionCalibration", head);
        }
    }

    private static void CheckClearing(float below, string field) =>
        ManifestRules.Require(below is >= 0 and < 1, FormattableString.Invariant($"{field} is {below}, but must be from 0 to below 1"));

    private static void CheckLine(IReadOnlyDictionary<string, BlendLine> lines, string field, string head)
    {
        ManifestRules.Require(lines.TryGetValue(head, out var line), $"{field} has no entry for {head}");

        // A falling line would call the most harmful text the least.
        ManifestRules.Require(
            float.IsFinite(line.Encoder) && float.IsFinite(line.Ngram) && float.IsFinite(line.Offset) && line.Encoder > 0 && line.Ngram >= 0,
            $"{field}.{head} must have a finite offset, a positive weight for encoder and none below zero for ngram");
    }
}

/// <summary>Probability = sigmoid(encoder * the second stage's logit + ngram * the first stage's + offset).</summary>
internal readonly record struct BlendLine(float Encoder, float Ngram, float Offset);

/// <summary>The first stage's probability of <c>flagged</c> below which it clears a text, by kind. Zero clears nothing.</summary>
internal readonly record struct ClearingRule(float Prompt, float Completion)
{
    public float For(TextKind kind) => kind == TextKind.Prompt ? Prompt : Completion;
}
