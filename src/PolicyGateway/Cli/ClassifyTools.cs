using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary>A classifier and the policy that reads its scores, for commands that run without the gateway.</summary>
internal sealed record ClassifyTools(IClassifier Classifier, PolicySnapshot Policy, int Lanes) : IAsyncDisposable
{
    /// <exception cref="CommandFault">The bundle does not verify, or the policy has faults; all are named.</exception>
    public static async Task<ClassifyTools> LoadAsync(ToolSettings settings)
    {
        var classifier = settings.LoadClassifier();
        try
        {
            return new ClassifyTools(classifier, settings.LoadPolicy(classifier.Profile), settings.Lanes);
        }
        catch
        {
            await classifier.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Classifier.DisposeAsync();
}
