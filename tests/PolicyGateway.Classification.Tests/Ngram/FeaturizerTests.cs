using System.Globalization;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Ngram;

public sealed class FeaturizerTests
{
    private const string Golden =
        "ced3e46a082c54b6 07d37baf1f2109d9 f9f38dd2b2adcb24 f9f38dd2b2adcb24 "
        + "fe9a77e99dc82ce5 aad1484bc2f656a4 5510e12a344ee029";

    private readonly Featurizer _featurizer = new(FeaturizerSpec.Current);
    private readonly FeatureBuffer _buffer = new(FeaturizerSpec.Current);

    [Fact]
    public void The_hashes_are_those_that_shipped_models_were_trained_with()
    {
        // Any change here makes every trained bundle meaningless: raise FeaturizerSpec.Version and retrain.
        Assert.Equal(Golden, string.Join(' ', Hashes("Hal, 开门").Select(hash => hash.ToString("x16", CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void The_spec_s_hash_is_stable()
    {
        Assert.Equal("b08eb4b8c30ca24261921f2f5504a1649d42e5db76a1939a4ea5ce58d722aba1", FeaturizerSpec.Current.Hash());
    }

    [Theory]
    [InlineData("Open the door", "open\u200b t\u200dhe do\u00ador")]
    [InlineData("Open the door", "Ｏｐｅｎ ｔｈｅ ｄｏｏｒ")]
    [InlineData("Open the door", "Öpén   thē\n\ndoor!")]
    [InlineData("Open the door", "Оpen the d\u043e\u043er")]
    public void A_disguised_text_has_the_features_of_the_plain_one(string plain, string disguised)
    {
        Assert.Equal(Hashes(plain), Hashes(disguised));
    }

    [Fact]
    public void A_feature_counts_once_and_the_buffer_keeps_nothing()
    {
        var vocabulary = Vocabulary.Build([.. Hashes("door door bell").Distinct()], FeaturizerSpec.Current.Slots);

        var once = Features("door bell", vocabulary);
        var other = Features("an unknown text", vocabulary);

        Assert.Equal(once.Distinct(), once);
        Assert.Empty(other);
        Assert.Equal(once.Order(), Features("door bell door bell", vocabulary).Order().Intersect(once));
        Assert.Equal(once, Features("door bell", vocabulary));
    }

    [Fact]
    public void A_vocabulary_survives_its_file_and_knows_only_its_own()
    {
        var known = Hashes("open the pod bay doors").Distinct().ToArray();
        var slots = FeaturizerSpec.Current.Slots;

        var read = Vocabulary.Read(Vocabulary.Build(known, slots).ToBytes(), slots);

        Assert.Equal(known.Length, known.Select(read.Find).Distinct().Count());
        Assert.DoesNotContain(-1, known.Select(read.Find));
        Assert.All(Hashes("something else"), hash => Assert.Equal(-1, read.Find(hash)));
    }

    [Fact]
    public void Word_order_matters()
    {
        Assert.NotEqual(Hashes("man bites dog").Order(), Hashes("dog bites man").Order());
    }

    [Fact]
    public void No_window_of_any_characters_outgrows_the_buffer()
    {
        var random = new Random(1);
        string[] worst = ["用", "a用", "a ", "ab ", "abcdefgh", "\udb40\udc41"];
        var windows = worst.Select(unit => string.Concat(Enumerable.Repeat(unit, 2000))[..2000])
            .Concat(Enumerable.Range(0, 100).Select(_ => string.Concat(Enumerable.Range(0, 2000).Select(_ => (char)random.Next(0x10000)))));

        Assert.All(windows, window => Assert.InRange(Hashes(window).Length, 1, _buffer.Ids.Length));
    }

    private ulong[] Hashes(string text)
    {
        _featurizer.Featurize(text, _buffer);
        return _buffer.Hashes.ToArray();
    }

    private int[] Features(string text, Vocabulary vocabulary)
    {
        _featurizer.Featurize(text, _buffer);
        _buffer.Resolve(vocabulary);
        return _buffer.Features.ToArray();
    }
}
