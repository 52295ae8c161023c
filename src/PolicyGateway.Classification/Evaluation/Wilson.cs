namespace PolicyGateway.Classification.Evaluation;

/// <summary>Wilson's score interval of a share, which holds for small and for extreme shares.</summary>
public static class Wilson
{
    /// <summary>Two-sided 95 % point of the normal distribution.</summary>
    public const double Z95 = 1.959963984540054;

    /// <summary>The 95 % interval.</summary>
    /// <param name="count">Rows that count.</param>
    /// <param name="of">Rows that could; more than 0.</param>
    public static (double Low, double High) Interval(double count, double of)
    {
        const double Z2 = Z95 * Z95;
        var share = count / of;
        var centre = (share + (Z2 / (2 * of))) / (1 + (Z2 / of));
        var half = Z95 / (1 + (Z2 / of)) * Math.Sqrt((share * (1 - share) / of) + (Z2 / (4 * of * of)));

        // At the ends the formula gives 0 and 1 up to rounding, which may fall outside by a bit.
        return (count == 0 ? 0 : Math.Max(0, centre - half), count == of ? 1 : Math.Min(1, centre + half));
    }
}
