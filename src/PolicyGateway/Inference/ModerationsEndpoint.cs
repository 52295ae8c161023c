using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.OpenAIModerations;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Release;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>
/// <c>POST /v1/moderations</c>: what the classifier says of a text, under the policy's thresholds. Whoever may ask has an oracle,
/// so it is off by default, for a tier, bounded for each caller, and recorded; scores are told only where the policy says so.
/// </summary>
internal sealed class ModerationsEndpoint(
    CallerReader callers, RequestReader requests, Judge judge, Refusals refusals, Answers answers, RequestRunner runner, ModerationLimit limit,
    TierLadder ladder, GatewayTelemetry telemetry, IOptions<ModerationsOptions> options)
{
    private readonly ModerationsDialect _dialect = new();

    public Task AnswerAsync(HttpContext context) => runner.RunAsync(context, _dialect, async record =>
    {
        if ((await ReadAsync(context, record) ?? await JudgeAsync(context, record)) is { } error)
        {
            await answers.RefuseAsync(context, _dialect, record, error);
        }
    });

    private async Task<GatewayError?> ReadAsync(HttpContext context, RequestRecord record)
    {
        var identified = await callers.ReadAsync(context, ((IDialect)_dialect).CredentialHeader, ApiScope.Moderation);
        if (identified.Caller is not { } caller)
        {
            return refusals.For(identified.Fault!);
        }

        record.Caller = caller;
        record.Mode = record.Policy.ModeFor(caller.Tenant);
        var tier = ladder.Parse(options.Value.Tier);
        if (caller.IsAnonymous && (record.Policy.AsksForAuthentication(caller) || !caller.Tier.AtLeast(tier)))
        {
            return refusals.AuthenticationRequired();
        }

        if (!caller.Tier.AtLeast(tier))
        {
            return refusals.TierRequired(tier);
        }

        var reading = await requests.ReadAsync(context.Request, _dialect, context.RequestAborted);
        if (reading.Prompt is not { } prompt)
        {
            return reading.Error;
        }

        record.Prompt = prompt;
        if (prompt.Choices > options.Value.MaxInputs)
        {
            return GatewayError.Invalid($"'input' must hold at most {options.Value.MaxInputs} texts.", "input");
        }

        if (limit.Take(caller, prompt.Choices) is { } seconds)
        {
            telemetry.Moderated("limited", prompt.Choices);
            return Refusals.TooMany(seconds);
        }

        return null;
    }

    private async Task<GatewayError?> JudgeAsync(HttpContext context, RequestRecord record)
    {
        var prompt = record.Prompt!;
        var results = new List<ImmutableArray<ModerationCategory>>(prompt.Choices);
        for (var i = 0; i < prompt.Choices; i++)
        {
            var one = prompt.Choices == 1 ? prompt : prompt with { Texts = [prompt.Texts[i]] };
            var verdict = one.HasUnclassified
                ? Verdict.Unknown(Judge.Unreadable(record))
                : await judge.ClassifyAsync(record, one, context.RequestAborted);
            record.PromptVerdict = Graver(record.PromptVerdict, verdict);
            telemetry.Moderated(verdict.IsUnknown ? "unknown" : Flagged(verdict) ? "flagged" : "clear", 1);
            if (verdict.IsUnknown)
            {
                return verdict.UnknownReason == UnknownReason.Unreadable ? Refusals.Unreadable() : Refusals.Unavailable();
            }

            results.Add([.. record.Policy.Categories.Select(category => Told(record.Policy, verdict, category.Id))]);
        }

        // Set before the write: a client that leaves in its middle may have read all of it.
        record.End(Outcome.Released, "moderated", StatusCodes.Status200OK);
        context.Response.ContentType = "application/json";
        context.Response.Headers[ResponseHead.RequestId] = record.DecisionId;
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        ModerationAnswer.Write(json, record.DecisionId, record.Classifier.Profile.Model, results);
        return null;
    }

    private static bool Flagged(Verdict verdict) => verdict.Leading is { Band: Band.Flagged };

    private static Verdict Graver(Verdict? before, Verdict verdict) =>
        before is null || (!before.IsUnknown && (verdict.IsUnknown || verdict.Severity > before.Severity || (before.Findings.IsEmpty && !verdict.Findings.IsEmpty)))
            ? verdict
            : before;

    /// <summary>Below the doubtful band a score is 0 in any case, so that nobody learns how far a harmless text is from it.</summary>
    private static ModerationCategory Told(PolicySnapshot policy, Verdict verdict, string category)
    {
        var finding = verdict.Findings.FirstOrDefault(finding => finding.Category == category);
        var isFlagged = finding.Band == Band.Flagged;
        return new(category, isFlagged, policy.ModerationScores ? Math.Round(finding.Confidence, 4) : isFlagged ? 1 : 0);
    }
}
