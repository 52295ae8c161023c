using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary>A warm classifier and the policy that reads its scores, for commands that run without the gateway.</summary>
internal sealed record ClassifyTools(IClassifier Classifier, PolicySnapshot Policy, int Lanes) : IAsyncDisposable
{
    public static Task<ClassifyTools> LoadAsync(string? bundle, string? policy, CancellationToken cancellationToken) =>
        throw new NotSupportedException(bundle + policy + cancellationToken);

    public ValueTask DisposeAsync() => Classifier.DisposeAsync();
}
