using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.LoadTests.Access;

/// <summary>A store with very many grants, and how long those of one caller take to find: each lookup is timed by itself.</summary>
internal static class GrantLookups
{
    private const int Batch = 1_000;

    public static string SubjectOf(int person) => $"person-{person}";

    public static GrantBook New(IStateStore store) => new(store, new LiveCallers(), new JoinedIdentities(store), TimeProvider.System, NullLogger<GrantBook>.Instance);

    public static async Task FillAsync(SqliteStateStore store, AccessSettings settings, CancellationToken cancellationToken)
    {
        var (now, set) = (TimeProvider.System.GetUtcNow(), GrantBook.SetOf(store));
        for (var first = 0; first < settings.Grants; first += Batch)
        {
            var grants = Enumerable.Range(first, Math.Min(Batch, settings.Grants - first)).Select(i => GrantOf(i, settings.People, now));
            await store.TryWriteAsync([.. grants.Select(grant => set.Add(grant.Id, grant))], cancellationToken);
            if (first % (settings.Grants / 10) == 0)
            {
                Progress.Say($"{first:N0} of {settings.Grants:N0} grants written");
            }
        }
    }

    public static async Task<(Times FromStore, Times FromMemory)> MeasureAsync(SqliteStateStore store, AccessSettings settings, CancellationToken cancellationToken)
    {
        // What is measured is a gateway in service, not the compiler: the first thousands of calls run unoptimised.
        await MeasureAsync(New(store), Enumerable.Range(0, Math.Min(settings.People, 20_000)), cancellationToken);
        var random = new Random(1);
        int[] sample = [.. Enumerable.Range(0, settings.Lookups).Select(_ => random.Next(settings.People))];
        var book = New(store);
        return (await MeasureAsync(book, sample.Distinct(), cancellationToken), await MeasureAsync(book, sample, cancellationToken));
    }

    private static async Task<Times> MeasureAsync(GrantBook book, IEnumerable<int> people, CancellationToken cancellationToken)
    {
        var took = new List<TimeSpan>();
        foreach (var person in people)
        {
            var caller = new Caller(DevelopmentIssuer.Issuer, SubjectOf(person), null, null, new Tier(1, "registered"), []);
            var began = Stopwatch.GetTimestamp();
            var grants = await book.ForAsync(caller, "load", cancellationToken);
            took.Add(Stopwatch.GetElapsedTime(began));
            if (grants.IsEmpty)
            {
                throw new LoadTestFault("A person has no grant: the figures would not be of what they say.");
            }
        }

        return Times.Of(took);
    }

    /// <summary>Of each person's grants a third is in force, a third has ended and a third was revoked.</summary>
    private static Grant GrantOf(int i, int people, DateTimeOffset now)
    {
        var word = new Approval(new PersonRef(DevelopmentIssuer.Issuer, "approver"), now, "Contract seen.");
        return new Grant
        {
            Id = "grt_" + i.ToString("x32", CultureInfo.InvariantCulture),
            Person = new PersonRef(DevelopmentIssuer.Issuer, SubjectOf(i % people)),
            Categories = ["cyber"],
            Project = "Red team",
            NotBefore = now.AddDays(-60),
            ExpiresAt = i / people % 3 == 1 ? now.AddDays(-1) : now.AddDays(30),
            Approvals = [word],
            Revoked = i / people % 3 == 2 ? word : null,
        };
    }
}
