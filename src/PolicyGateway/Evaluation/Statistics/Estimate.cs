using PolicyGateway.Classification.Evaluation;

namespace PolicyGateway.Evaluation.Statistics;

/// <summary>A figure in [0, 1] with its 95 % confidence interval.</summary>
/// <param name="Value">The figure on the rows at hand.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of the 95 % interval.</param>
internal sealed record Estimate(double Value, double Low, double High)
{
    /// <summary>Six decimals: more than any data set says, and the same bytes from the same rows.</summary>
    public static double Round(double value) => Math.Round(value, 6);

    public static Estimate Of(double value, double low, double high) => new(Round(value), Round(low), Round(high));
}

/// <summary>A share of rows with its 95 % confidence interval by Wilson's score, which holds for small and for extreme shares.</summary>
/// <param name="Count">Rows that count.</param>
/// <param name="Of">Rows that could; at least 1.</param>
/// <param name="Value">The share, in [0, 1].</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of the 95 % interval.</param>
internal sealed record Rate(int Count, int Of, double Value, double Low, double High)
{
    /// <summary>The share with its interval; null of no rows, which have no share.</summary>
    public static Rate? From(int count, int of)
    {
        if (of == 0)
        {
            return null;
        }

        var (low, high) = Wilson.Interval(count, of);
        return new Rate(count, of, Estimate.Round((double)count / of), Estimate.Round(low), Estimate.Round(high));
    }
}
