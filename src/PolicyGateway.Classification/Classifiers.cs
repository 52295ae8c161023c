using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification;

/// <summary>Loads the classifier that options describe.</summary>
public static class Classifiers
{
    /// <summary>One stage, or two where <see cref="ClassifierOptions.EncoderBundle"/> names one.</summary>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    /// <exception cref="BundleException">A bundle does not verify; the message names the file or the field.</exception>
    public static IClassifier Load(ClassifierOptions options, TimeProvider? time = null) => LoadViews(options, time ?? TimeProvider.System);

    internal static ViewClassifier LoadViews(ClassifierOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ViewClassifier(LoadStages(options, time), options, time);
    }

    private static IWindowedClassifier LoadStages(ClassifierOptions options, TimeProvider time)
    {
        var first = NgramClassifier.Load(options, time);
        if (options.EncoderBundle.Length == 0)
        {
            return first;
        }

        try
        {
            return new CascadeClassifier(first, EncoderBundle.Load(options.EncoderBundle, options.EncoderManifestSha256), options, time);
        }
        catch (BundleException fault)
        {
            first.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw new BundleException(fault.Message, fault) { Setting = "Classifier:EncoderBundle" };
        }
    }
}
