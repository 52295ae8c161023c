namespace PolicyGateway.LoadTests.Access;

/// <summary>All that one run of <c>access</c> measured.</summary>
/// <param name="StoreMegabytes">Size of the store's file.</param>
/// <param name="FromStore">Lookups of people nobody asked about before.</param>
/// <param name="FromMemory">Lookups of people somebody asked about before.</param>
/// <param name="Authentication">What a request with a token that is remembered costs.</param>
/// <param name="Ready">From the start of the gateway's process on that store to its readiness.</param>
/// <param name="Pages">Each page, until its last byte.</param>
/// <param name="Status">Tokens with a status.</param>
/// <param name="Revoked">From before a revocation is sent to the last byte of the stream that it ends.</param>
internal sealed record AccessResults(
    double StoreMegabytes,
    Times FromStore,
    Times FromMemory,
    AuthenticationCost Authentication,
    TimeSpan Ready,
    IReadOnlyList<(string Page, Times Times)> Pages,
    StatusResults Status,
    Times Revoked);

/// <summary>Times of one thing that was done again and again, in microseconds.</summary>
internal sealed record Times(int Count, double P50, double P99, double Most)
{
    public static Times Of(IReadOnlyCollection<TimeSpan> all)
    {
        var sorted = all.Select(static one => one.TotalMicroseconds).Order().ToArray();
        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
        return new Times(sorted.Length, At(.5), At(.99), sorted[^1]);
    }
}

/// <summary>In microseconds, medians of batches that take turns.</summary>
/// <param name="Plain">Finding a token among those that are remembered.</param>
/// <param name="Checked">That, and all that the gateway asks besides.</param>
/// <param name="Batches">How many of each.</param>
/// <param name="PerBatch">Requests in each.</param>
internal sealed record AuthenticationCost(double Plain, double Checked, int Batches, int PerBatch);

/// <summary>Requests with a token whose issuer publishes a list of statuses.</summary>
/// <param name="With">Answers to tokens with a status.</param>
/// <param name="Without">Answers to tokens without, in turns with the others.</param>
/// <param name="Listed">Tokens that the list revokes.</param>
/// <param name="Fetches">How often the list was fetched.</param>
/// <param name="Lifetimes">How many lifetimes of the list the requests took, begun ones counted.</param>
/// <param name="Wrong">Tokens that were refused and are good, or the opposite.</param>
internal sealed record StatusResults(Times With, Times Without, int Listed, int Fetches, int Lifetimes, int Wrong);
