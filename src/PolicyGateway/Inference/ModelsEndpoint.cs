using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Anthropic;
using PolicyGateway.Dialects.OpenAIChat;
using PolicyGateway.Forwarding;
using PolicyGateway.Identity;

namespace PolicyGateway.Inference;

/// <summary>
/// <c>GET /v1/models</c>: the models that this caller may name, answered from configuration, as OpenAI's list, or as
/// Anthropic's where the request names the version of its protocol.
/// </summary>
internal static class ModelsEndpoint
{
    private static readonly ListFormat OpenAI = new("openai.models", new ChatDialect(), ModelList.Write);

    private static readonly ListFormat Anthropic = new("anthropic.models", new MessagesDialect(), AnthropicModelList.Write);

    public static void MapModels(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/models", static (HttpContext context) => AnswerAsync(context, null));
        endpoints.MapGet("/v1/models/{**model}", static (HttpContext context, string model) => AnswerAsync(context, model));
    }

    private static async Task AnswerAsync(HttpContext context, string? model)
    {
        var services = context.RequestServices;
        var refusals = services.GetRequiredService<Refusals>();
        var list = context.Request.Headers.ContainsKey(MessagesDialect.VersionHeader) ? Anthropic : OpenAI;
        var record = services.GetRequiredService<Recorder>().Begin(list.Name);
        var identified = await services.GetRequiredService<CallerReader>().ReadAsync(context, list.Dialect.CredentialHeader);
        if (identified.Caller is not { } caller)
        {
            await ErrorAsync(context, list, record, refusals.For(identified.Fault!));
            return;
        }

        if (record.Policy.AsksForAuthentication(caller))
        {
            await ErrorAsync(context, list, record, refusals.AuthenticationRequired());
            return;
        }

        var router = services.GetRequiredService<ModelRouter>();
        if (model is not null && !router.IsVisible(model, caller))
        {
            await ErrorAsync(context, list, record, Refusals.UnknownModel());
            return;
        }

        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        list.Write(json, model is null ? router.VisibleTo(caller) : null, model);
    }

    private static Task ErrorAsync(HttpContext context, ListFormat list, RequestRecord record, GatewayError error) =>
        Answers.WriteErrorAsync(context, list.Dialect, record.DecisionId, error with { DecisionId = record.DecisionId });

    /// <summary>A protocol's list of models.</summary>
    /// <param name="Name">The name in records.</param>
    /// <param name="Dialect">The protocol of its errors and of the caller's token.</param>
    /// <param name="Write">Writes a list, or where that is null one model.</param>
    private sealed record ListFormat(string Name, IDialect Dialect, Action<Utf8JsonWriter, IEnumerable<string>?, string?> Write);
}
