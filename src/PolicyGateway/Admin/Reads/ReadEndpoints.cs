using PolicyGateway.Access;
using PolicyGateway.Identity;

namespace PolicyGateway.Admin.Reads;

/// <summary>What operators look at: the audit, figures, the policy, and, with a reason, sealed text.</summary>
internal static class ReadEndpoints
{
    /// <summary>A body that says why somebody looks.</summary>
    internal sealed record Why(string? Reason);

    public static IServiceCollection AddReads(this IServiceCollection services) => services
        .AddSingleton<Looks>()
        .AddSingleton<AuditSearch>()
        .AddSingleton<AuditVerification>()
        .AddSingleton<CountedHours>()
        .AddSingleton<DecisionStatistics>()
        .AddHostedService<EarlyCount>()
        .AddSingleton<PolicyReview>()
        .AddSingleton<EvidenceLook>();

    public static void MapReads(this RouteGroupBuilder group, Role[] readers, Role[] deciders)
    {
        group.MapGet("/audit", (HttpContext context, AccessApi api, AuditSearch search) => api.ForAsync(context, readers, person => SearchAsync(context, api, search, person)))
            .Queries(AuditQuestion.Parameters.Parameters)
            .CountsAsChange(where: QueryParameter.Subject) // recorded, which is a sync to disk
            .Gives<AuditPage>("Records of the audit, newest first");
        group.MapGet("/audit/status", (HttpContext context, AccessApi api, AuditVerification verification) => api.ForAsync(context, readers, async _ =>
            AccessApi.Json(await verification.ReadAsync(context.RequestAborted)))).Gives<AuditStatus>("How the chain stands, and what its last verification found");
        group.MapPost("/audit/verify", (HttpContext context, AccessApi api, AuditVerification verification) => api.ForAsync(context, readers, _ =>
            Task.FromResult(api.Answer(verification.Start(), StatusCodes.Status202Accepted)))).Gives<VerificationStatus>("Verify the chain in the background", StatusCodes.Status202Accepted);
        group.MapGet("/statistics", (HttpContext context, AccessApi api, DecisionStatistics statistics) => api.ForAsync(context, readers, async _ => api.Answer(await statistics.OfAsync(
            QueryParameter.TimeOf(context.Request.Query["from"]), QueryParameter.TimeOf(context.Request.Query["to"]), AccessApi.Word(context, "bucket", Bucket.Day), context.RequestAborted))))
            .Queries(QueryParameter.Time("from"), QueryParameter.Time("to"), QueryParameter.Word<Bucket>("bucket"))
            .Gives<StatisticsView>("What was decided, and whom mistakes meet");
        group.MapGet("/policy", (HttpContext context, AccessApi api, PolicyReview policy) => api.ForAsync(context, readers, _ =>
            Task.FromResult(AccessApi.Json(policy.Read())))).Gives<PolicyView>("The policy in force, and what its last change changed");
        group.MapPost("/evidence/{decision}", (HttpContext context, string decision, AccessApi api, EvidenceLook look) => api.ForAsync(context, deciders, person =>
            api.WithBodyAsync(context, (Why why) => look.OpenAsync(person, decision, why.Reason, context.RequestAborted)))).Takes<Why>().WithMetadata(TellsOnce.Metadata).Gives<OpenedEvidence>("Open the sealed text of a decision; that you looked is recorded first");
    }

    private static async Task<IResult> SearchAsync(HttpContext context, AccessApi api, AuditSearch search, PersonRef person)
    {
        var read = AuditQuestion.Read(context.Request.Query);
        return read.Value is { } question ? api.Answer(await search.FindAsync(person, question, context.RequestAborted)) : api.Problem(read.Fault!);
    }
}
