using System.Collections.Immutable;
using PolicyGateway.Classification.Bundles;

namespace PolicyGateway.Classification.Encoder;

/// <summary>The second stage's model, verified. Immutable; replaced whole.</summary>
internal sealed class EncoderBundle
{
    public const string TokenizerFile = "tokenizer.json";

    private EncoderBundle(BundleFolder<EncoderManifest> folder)
    {
        Profile = folder.Profile;
        Manifest = folder.Manifest;
        Pieces = PieceTable.Read(folder.Files[TokenizerFile]);
        Prompt = InHeadOrder(Manifest.PromptCalibration);
        Completion = InHeadOrder(Manifest.CompletionCalibration);
        Model = folder.Files[BundleManifest.ModelFile];
        Vectors = KnownTexts.Read<EncoderVector>(folder.Files[KnownTexts.FileName]);
    }

    public ClassifierProfile Profile { get; }

    public EncoderManifest Manifest { get; }

    public PieceTable Pieces { get; }

    /// <summary>The lines from logits to probabilities of a prompt, in the order of the heads.</summary>
    public ImmutableArray<BlendLine> Prompt { get; }

    /// <summary>The same for a completion.</summary>
    public ImmutableArray<BlendLine> Completion { get; }

    /// <summary>The bytes of the ONNX file.</summary>
    public byte[] Model { get; }

    /// <summary>Texts whose tokens and scores are known: a bundle that does not give them is not used.</summary>
    public ImmutableArray<EncoderVector> Vectors { get; }

    /// <inheritdoc cref="BundleFolder.Read"/>
    public static EncoderBundle Load(string directory, string manifestSha256 = "") =>
        new(BundleFolder.Read<EncoderManifest>(directory, manifestSha256, "Classifier:EncoderManifestSha256"));

    private static ImmutableArray<BlendLine> InHeadOrder(IReadOnlyDictionary<string, BlendLine> lines) =>
        [.. LabelMap.Heads.Select(head => lines[head])];
}

/// <summary>A text whose tokens and scores are known.</summary>
/// <param name="Kind"><c>prompt</c> or <c>completion</c>.</param>
/// <param name="Text">The text; it fits one window.</param>
/// <param name="Prompt">For a completion, the prompt before it; else null.</param>
/// <param name="Tokens">All tokens of its window, the special ones too.</param>
/// <param name="Scores">The sigmoids of the model's logits, one per head, before calibration.</param>
internal sealed record EncoderVector(string Kind, string Text, string? Prompt, ImmutableArray<int> Tokens, ImmutableArray<float> Scores)
{
    public TextKind TextKind => Kind == "completion" ? TextKind.Completion : TextKind.Prompt;

    /// <summary>A logit's sigmoid.</summary>
    public static float Score(float logit) => 1f / (1f + MathF.Exp(-logit));
}
