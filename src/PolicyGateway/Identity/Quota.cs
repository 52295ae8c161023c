namespace PolicyGateway.Identity;

/// <summary>How much a grant opens: so many gated releases in every period of so many days, the first of which begins with the grant.</summary>
/// <param name="Releases">1 to <see cref="MostReleases"/>.</param>
/// <param name="PerDays">1 to <see cref="MostDays"/>.</param>
internal sealed record GrantQuota(int Releases, int PerDays)
{
    public const int MostReleases = 1_000_000;
    public const int MostDays = 366;

    public bool IsValid() => Releases is >= 1 and <= MostReleases && PerDays is >= 1 and <= MostDays;

    /// <summary>Whether it opens no more than another: no more releases, in no shorter a time.</summary>
    public bool IsWithin(GrantQuota other) => Releases <= other.Releases && PerDays >= other.PerDays;

    /// <summary>When the period began that runs now.</summary>
    public DateTimeOffset PeriodAt(DateTimeOffset begin, DateTimeOffset now) =>
        now <= begin ? begin : begin.AddDays((int)((now - begin).TotalDays / PerDays) * PerDays);

    public override string ToString() => $"{Releases} in {PerDays} {(PerDays == 1 ? "day" : "days")}";
}

/// <summary>What is used of a quota in the period that runs, as it was when it was read.</summary>
/// <param name="Grant">The grant that has it.</param>
/// <param name="Releases">How many there are in a period.</param>
/// <param name="PerDays">How many days a period has.</param>
/// <param name="Used">How many of them are used.</param>
/// <param name="Since">When the period began.</param>
/// <param name="Until">When the next one begins.</param>
internal sealed record QuotaUse(string Grant, int Releases, int PerDays, int Used, DateTimeOffset Since, DateTimeOffset Until)
{
    public bool IsUsedUp(DateTimeOffset now) => Used >= Releases && now < Until;
}

/// <summary>A grant that would open something, if its quota were not used up.</summary>
/// <param name="Grant">The grant that has the quota: his own, or the organisation's that his is part of.</param>
/// <param name="OpensAgainAt">When the next period begins; null where the grant ends before.</param>
internal sealed record UsedUpQuota(string Grant, DateTimeOffset? OpensAgainAt);
