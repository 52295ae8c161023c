using Microsoft.Extensions.Options;
using PolicyGateway.Dialects;

namespace PolicyGateway.Forwarding;

/// <summary>
/// What a request may become on its way to the backend: a bound on what the model writes, the wish that a stream tells its usage,
/// and a name for the person who asks. Each is a splice into the bytes that were judged; nothing else of them changes.
/// </summary>
internal sealed class RequestEdits(IOptions<BackendOptions> options)
{
    /// <summary>The request as it is sent, or what is wrong with it.</summary>
    /// <param name="dialect">Knows where the fields are.</param>
    /// <param name="prompt">What was read.</param>
    /// <param name="models">Who may answer.</param>
    /// <param name="isEnforced">Whether the policy is in force; where it only looks on, the models' bounds do as well.</param>
    public PromptReading Apply(IDialect dialect, Prompt prompt, ServedModels models, bool isEnforced)
    {
        var (cap, choices) = Limits(models);
        if (isEnforced && prompt.Generated > choices)
        {
            return GatewayError.Invalid($"This model answers at most {choices} times at once.");
        }

        var named = Named(dialect, prompt, models);
        return isEnforced && named.Prompt is { } sound ? Bounded(dialect, sound, models, cap) : named;
    }

    private static PromptReading Named(IDialect dialect, Prompt prompt, ServedModels models)
    {
        try
        {
            return models.InOrder.Any(static model => model.EndUser is not null) ? prompt.NamingEndUser(dialect) : prompt;
        }
        catch (InvalidOperationException)
        {
            return WrongShape(dialect.EndUserField);
        }
    }

    private PromptReading Bounded(IDialect dialect, Prompt prompt, ServedModels models, int? cap)
    {
        try
        {
            var edited = cap is { } most ? prompt.Capped(dialect, most) : prompt;
            return models.InOrder.All(model => options.Value.Clusters[model.Cluster.ClusterId].CountUsage) ? edited.AskingForUsage(dialect) : edited;
        }
        catch (InvalidOperationException)
        {
            return WrongShape(dialect.UsageOption);
        }
    }

    private static GatewayError WrongShape(string? path) =>
        GatewayError.Invalid("A field has a shape that this dialect does not have.", path?.Split('.')[0]);

    /// <summary>The strictest of those who may answer: a fallback's bounds hold as well.</summary>
    private (int? Tokens, int Choices) Limits(ServedModels models)
    {
        var all = models.InOrder.Select(model => options.Value.Models[model.Name]).ToArray();
        return (all.Min(model => model.MaxTokens), all.Min(model => model.MaxChoices) ?? int.MaxValue);
    }
}
