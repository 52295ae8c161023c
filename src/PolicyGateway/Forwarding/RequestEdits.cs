using Microsoft.Extensions.Options;
using PolicyGateway.Dialects;

namespace PolicyGateway.Forwarding;

/// <summary>
/// What a request may become on its way to the backend: a bound on what the model writes, and the wish that a stream tells its
/// usage. Each is a splice into the bytes that were judged; nothing else of them changes.
/// </summary>
internal sealed class RequestEdits(IOptions<BackendOptions> options)
{
    /// <summary>The request as it is sent, or what is wrong with it.</summary>
    public PromptReading Apply(IDialect dialect, Prompt prompt, ServedModels models)
    {
        var (cap, choices) = Limits(models);
        if (prompt.Generated > choices)
        {
            return GatewayError.Invalid($"This model answers at most {choices} times at once.");
        }

        try
        {
            var edited = cap is { } most ? prompt.Capped(dialect, most) : prompt;
            return models.InOrder.All(model => options.Value.Clusters[model.Cluster.ClusterId].CountUsage) ? edited.AskingForUsage(dialect) : edited;
        }
        catch (InvalidOperationException)
        {
            return GatewayError.Invalid("A field has a shape that this dialect does not have.", dialect.UsageOption?.Split('.')[0]);
        }
    }

    /// <summary>The strictest of those who may answer: a fallback's bounds hold as well.</summary>
    private (int? Tokens, int Choices) Limits(ServedModels models)
    {
        var all = models.InOrder.Select(model => options.Value.Models[model.Name]).ToArray();
        return (all.Min(model => model.MaxTokens), all.Min(model => model.MaxChoices) ?? int.MaxValue);
    }
}
