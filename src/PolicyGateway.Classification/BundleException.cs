namespace PolicyGateway.Classification;

/// <summary>A model bundle that does not verify. The message names the file or the manifest field to mend.</summary>
public sealed class BundleException : Exception
{
    public BundleException(string message) : base(message)
    {
    }

    public BundleException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>The setting that names the bundle.</summary>
    public string Setting { get; init; } = "Classifier:Bundle";
}
