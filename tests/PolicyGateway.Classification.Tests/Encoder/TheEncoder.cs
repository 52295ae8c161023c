using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Encoder;

/// <summary>The shipped second stage, loaded once for all tests that only use it.</summary>
public sealed class TheEncoder : IAsyncDisposable
{
    private readonly EncoderBundle _bundle = EncoderBundle.Load(Shipped.EncoderBundle);

    public TheEncoder() => Cascade = new CascadeClassifier(NgramClassifier.Load(Options()), _bundle, Options(), TimeProvider.System);

    internal EncoderBundle Bundle => _bundle;

    internal CascadeClassifier Cascade { get; }

    internal static ClassifierOptions Options() =>
        new() { Bundle = Shipped.Bundle, EncoderBundle = Shipped.EncoderBundle, Lanes = 1, EncoderLanes = 1, Deadline = TimeSpan.FromMinutes(1) };

    internal PieceTokenizer Tokenizer() => new(_bundle.Pieces);

    internal List<int> Tokens(string text)
    {
        var tokens = new List<int>();
        Tokenizer().Encode(text, tokens);
        return tokens;
    }

    public ValueTask DisposeAsync() => Cascade.DisposeAsync();
}
