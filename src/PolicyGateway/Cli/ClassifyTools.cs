using System.CommandLine;
using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary>A classifier and the policy that reads its scores, for commands that run without the gateway.</summary>
internal sealed record ClassifyTools(IClassifier Classifier, PolicySnapshot Policy, int Lanes) : IAsyncDisposable
{
    /// <summary>Nobody waits for an answer as a client does, so a long text may take its time.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    /// <exception cref="CommandFault">The bundle does not verify, or the policy has faults; all are named.</exception>
    public static async Task<ClassifyTools> LoadAsync(string? bundle, string? encoder, string? policy)
    {
        var options = Options(bundle, encoder);
        var classifier = LoadClassifier(options);
        try
        {
            return new ClassifyTools(classifier, LoadPolicy(policy, classifier.Profile), options.Lanes);
        }
        catch
        {
            await classifier.DisposeAsync();
            throw;
        }
    }

    /// <summary>The option that names the second stage.</summary>
    public static Option<string?> Encoder() => new("--encoder")
    {
        Description = $"Folder of the second stage's bundle. Default: {RepositoryFiles.EncoderBundle}, or none where --bundle names a first stage.",
    };

    /// <summary>The bundles that are named, or the shipped ones. A first stage that is named alone decides alone.</summary>
    public static ClassifierOptions Options(string? bundle, string? encoder) => new()
    {
        Bundle = bundle ?? RepositoryFiles.Require(RepositoryFiles.Bundle, "--bundle"),
        EncoderBundle = encoder ?? (bundle is null ? RepositoryFiles.Require(RepositoryFiles.EncoderBundle, "--encoder") : ""),
        Deadline = Deadline,
        QueueLimit = 100_000,
    };

    public ValueTask DisposeAsync() => Classifier.DisposeAsync();

    private static IClassifier LoadClassifier(ClassifierOptions options)
    {
        try
        {
            return Classifiers.Load(options);
        }
        catch (BundleException e)
        {
            throw new CommandFault(e.Message, e);
        }
    }

    private static PolicySnapshot LoadPolicy(string? policy, ClassifierProfile profile)
    {
        var path = policy ?? RepositoryFiles.Require(RepositoryFiles.Policy, "--policy");
        var found = PolicyCheck.Check(path, TierLadder.Default, profile);
        return found.Snapshot
            ?? throw new CommandFault($"The policy {path} cannot be used:{string.Concat(found.Faults.Select(fault => $"{Environment.NewLine}  {fault}"))}");
    }
}
