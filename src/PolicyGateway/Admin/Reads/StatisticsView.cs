using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Admin.Reads;

/// <summary>How long one bucket of the statistics is, in UTC.</summary>
internal enum Bucket
{
    Hour,
    Day,
}

/// <summary>What was decided in a time.</summary>
/// <param name="From">From this time on.</param>
/// <param name="To">Before this one.</param>
/// <param name="Bucket">How long a bucket is.</param>
/// <param name="Traffic">By bucket and category, in this order; what did not happen is left out.</param>
/// <param name="FalseHolds">Whom mistakes of the classifier meet.</param>
internal sealed record StatisticsView(DateTimeOffset From, DateTimeOffset To, Bucket Bucket, IReadOnlyList<TrafficCount> Traffic, FalseHolds FalseHolds);

/// <summary>Requests of one bucket and category, by how they ended.</summary>
/// <param name="At">When the bucket begins.</param>
/// <param name="Category">The category that decided; null where none did.</param>
/// <param name="Released">Answers that left.</param>
/// <param name="Gated">Releases that waited for a durable record, counted when they began.</param>
/// <param name="Refused">Requests and answers that were refused.</param>
/// <param name="Aborted">Those that a client left, or the gateway could not end.</param>
/// <param name="UpstreamFailed">Those that a backend failed.</param>
/// <param name="Unknown">Of all these, those for which there was no verdict.</param>
internal sealed record TrafficCount(
    DateTimeOffset At, string? Category, int Released, int Gated, int Refused, int Aborted, int UpstreamFailed, int Unknown);

/// <summary>Refusals because of a category, and what became of appeals against them, by whom they met.</summary>
/// <param name="ByTier">By the caller's tier.</param>
/// <param name="ByCategory">By the category that decided.</param>
/// <param name="ByOrganisation">By organisation, where it has enough refusals that no one person stands out.</param>
/// <param name="OrganisationsLeftOut">Organisations that have fewer.</param>
internal sealed record FalseHolds(
    IReadOnlyList<FalseHoldCount> ByTier, IReadOnlyList<FalseHoldCount> ByCategory, IReadOnlyList<FalseHoldCount> ByOrganisation, int OrganisationsLeftOut);

/// <summary>One group of callers.</summary>
/// <param name="Name">The tier, the category or the organisation.</param>
/// <param name="Issuer">Whose name the organisation is.</param>
/// <param name="Refusals">Refusals because of a category.</param>
/// <param name="Appeals">Appeals against them.</param>
/// <param name="Mistakes">Those that were decided to be mistakes of the classifier.</param>
/// <param name="ShareOfRefusals">Mistakes among refusals: the least that can be said, since not everybody appeals.</param>
/// <param name="ShareOfDecided">Mistakes among the appeals that were decided; null where none was.</param>
internal sealed record FalseHoldCount(string Name, string? Issuer, int Refusals, int Appeals, int Mistakes, Rate? ShareOfRefusals, Rate? ShareOfDecided);
