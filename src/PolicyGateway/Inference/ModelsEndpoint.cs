using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.OpenAIChat;
using PolicyGateway.Forwarding;
using PolicyGateway.Identity;

namespace PolicyGateway.Inference;

/// <summary><c>GET /v1/models</c>: the models that this caller may name, answered from configuration.</summary>
internal static class ModelsEndpoint
{
    public static void MapModels(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/models", static (HttpContext context) => AnswerAsync(context, null));
        endpoints.MapGet("/v1/models/{**model}", static (HttpContext context, string model) => AnswerAsync(context, model));
    }

    private static async Task AnswerAsync(HttpContext context, string? model)
    {
        var services = context.RequestServices;
        var refusals = services.GetRequiredService<Refusals>();
        var record = services.GetRequiredService<Recorder>().Begin("openai.models");
        var identified = await services.GetRequiredService<CallerReader>().ReadAsync(context);
        if (identified.Caller is not { } caller)
        {
            await ErrorAsync(context, record, refusals.For(identified.Fault!));
            return;
        }

        if (record.Policy.AsksForAuthentication(caller))
        {
            await ErrorAsync(context, record, refusals.AuthenticationRequired());
            return;
        }

        var router = services.GetRequiredService<ModelRouter>();
        if (model is not null && !router.IsVisible(model, caller))
        {
            await ErrorAsync(context, record, Refusals.UnknownModel());
            return;
        }

        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        ModelList.Write(json, model is null ? router.VisibleTo(caller) : null, model);
    }

    private static Task ErrorAsync(HttpContext context, RequestRecord record, GatewayError error) =>
        Answers.WriteErrorAsync(context, new ChatDialect(), record.DecisionId, error with { DecisionId = record.DecisionId });
}
