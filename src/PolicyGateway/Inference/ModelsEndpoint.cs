using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using PolicyGateway.Dialects;
using PolicyGateway.Forwarding;
using PolicyGateway.Identity;
using PolicyGateway.Release;

namespace PolicyGateway.Inference;

/// <summary><c>GET /v1/models</c> and its like: the models that this caller may name, answered from configuration.</summary>
internal static class ModelsEndpoint
{
    public static void MapModels(this IEndpointRouteBuilder endpoints)
    {
        foreach (var lists in endpoints.ServiceProvider.GetRequiredService<DialectTable>().ModelLists.GroupBy(list => list.Path))
        {
            endpoints.MapGet(lists.Key, (HttpContext context) => AnswerAsync(context, Choose(lists, context), null));
            if (lists.First().HasSingle)
            {
                endpoints.MapGet(lists.Key + "/{**model}", (HttpContext context, string model) => AnswerAsync(context, Choose(lists, context), model));
            }
        }
    }

    /// <summary>The list of the protocol whose header the request bears, else the one that needs none.</summary>
    private static ModelListRoute Choose(IEnumerable<ModelListRoute> lists, HttpContext context) =>
        lists.FirstOrDefault(list => list.Header is { } header && context.Request.Headers.ContainsKey(header)) ?? lists.First(list => list.Header is null);

    private static async Task AnswerAsync(HttpContext context, ModelListRoute list, string? model)
    {
        var services = context.RequestServices;
        var refusals = services.GetRequiredService<Refusals>();
        var record = services.GetRequiredService<Recorder>().Begin(list.Name);
        var identified = await services.GetRequiredService<CallerReader>().ReadAsync(context, list.Dialect.CredentialHeader, ApiScope.Inference);
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
        ResponseHead.Stamp(context.Features.GetRequiredFeature<IHttpResponseFeature>(), record.DecisionId);
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        list.Write(json, model is null ? router.VisibleTo(caller) : null, model);
    }

    /// <summary>Without a decision's id: nothing is decided that the audit would know.</summary>
    private static Task ErrorAsync(HttpContext context, ModelListRoute list, RequestRecord record, GatewayError error) =>
        context.RequestServices.GetRequiredService<Answers>().WriteErrorAsync(context, list.Dialect, record.DecisionId, error);
}
