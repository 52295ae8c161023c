using Microsoft.Extensions.Options;

namespace PolicyGateway.Privacy;

/// <summary>What keeps people apart without naming them: the section <c>Privacy</c>.</summary>
internal sealed class PrivacyOptions
{
    public const string Section = "Privacy";

    /// <summary>
    /// 32 random bytes in base64, made (mode 0600) where the file is missing; relative to <c>Gateway:DataDirectory</c>. Default
    /// <c>keys/privacy.key</c>. Pseudonyms towards backends and digests of erased people are made with it.
    /// </summary>
    public string KeyFile { get; set; } = "keys/privacy.key";

    /// <summary>The same options with absolute paths.</summary>
    public PrivacyOptions ResolvePaths(string dataDirectory)
    {
        // An empty path stays empty, for the validator to name it.
        KeyFile = string.IsNullOrWhiteSpace(KeyFile) ? "" : Path.GetFullPath(Path.Combine(dataDirectory, KeyFile));
        return this;
    }
}

/// <summary>Names every fault of the section.</summary>
internal sealed class PrivacyOptionsValidator : IValidateOptions<PrivacyOptions>
{
    public ValidateOptionsResult Validate(string? name, PrivacyOptions options) =>
        options.KeyFile.Length == 0 ? ValidateOptionsResult.Fail("Privacy:KeyFile must name a file.") : ValidateOptionsResult.Success;
}
