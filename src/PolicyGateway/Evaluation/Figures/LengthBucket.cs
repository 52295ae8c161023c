using PolicyGateway.Classification;

namespace PolicyGateway.Evaluation.Figures;

/// <summary>Names of the groups that the rows' own words do not give.</summary>
internal static class LengthBucket
{
    private static readonly (int Below, string Name)[] Buckets =
    [
        (50, "under 50"), (100, "50 to 99"), (200, "100 to 199"), (500, "200 to 499"), (2000, "500 to 1,999"), (int.MaxValue, "2,000 and more"),
    ];

    /// <summary>The bucket of a length in UTF-16 characters.</summary>
    public static string NameOf(int length) => Buckets.First(bucket => length < bucket.Below || bucket.Below == int.MaxValue).Name;

    public static string NameOf(TextKind kind) => kind == TextKind.Completion ? "completion" : "prompt";

    /// <summary>Every bucket, the shortest first.</summary>
    public static IEnumerable<string> Names => Buckets.Select(bucket => bucket.Name);
}
