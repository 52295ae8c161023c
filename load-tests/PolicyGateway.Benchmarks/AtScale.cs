using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Benchmarks;

/// <summary>
/// How long a caller's grants take to find among very many: <c>at-scale [--data DIR] [--grants N] [--people N] [--lookups N]</c>. Each
/// lookup is of a random person, timed by itself. With a folder, the store stays there, for a gateway to be started on.
/// </summary>
internal static class AtScale
{
    public const string Name = "at-scale";

    private const int Batch = 1_000;
    private const string Issuer = "https://development.policygateway.invalid";

    public static async Task RunAsync(string[] args)
    {
        var (grants, people, lookups) = (Number(args, "--grants", 1_000_000), Number(args, "--people", 100_000), Number(args, "--lookups", 50_000));
        var folder = Array.IndexOf(args, "--data") is >= 0 and var at ? args[at + 1] : Directory.CreateTempSubdirectory("at-scale-").FullName;
        var options = new StateOptions().ResolvePaths(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(options.File)!);
        using var store = SqliteStateStore.Open(options, TimeProvider.System);
        await FillAsync(store, New(store), grants, people);
        Console.WriteLine($"{grants:N0} grants of {people:N0} people, {new FileInfo(options.File).Length / 1_048_576.0:N0} MB; {lookups:N0} lookups each");

        var random = new Random(1);
        var sample = Enumerable.Range(0, lookups).Select(_ => random.Next(people)).ToArray();

        // What is measured is a gateway in service, not the compiler: the first thousands run unoptimised.
        await MeasureAsync(null, New(store), Enumerable.Range(0, Math.Min(people, 20_000)).ToArray());
        var book = New(store);
        await MeasureAsync("from the store", book, [.. sample.Distinct()]);
        await MeasureAsync("from memory", book, sample);
        if (!args.Contains("--data"))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static GrantBook New(SqliteStateStore store) => new(store, new LiveCallers(), new JoinedIdentities(store), TimeProvider.System, NullLogger<GrantBook>.Instance);

    private static async Task FillAsync(SqliteStateStore store, GrantBook book, int grants, int people)
    {
        var now = TimeProvider.System.GetUtcNow();
        for (var first = 0; first < grants; first += Batch)
        {
            var changes = new List<StateChange>(Batch);
            for (var i = first; i < Math.Min(grants, first + Batch); i++)
            {
                var grant = GrantOf(i, people, now);
                changes.Add(book.Set.Add(grant.Id, grant));
            }

            await store.TryWriteAsync(changes, CancellationToken.None);
            if (first % 100_000 == 0)
            {
                await Console.Error.WriteLineAsync($"{first:N0} of {grants:N0} written");
            }
        }
    }

    /// <summary>Of each person's grants a third is in force, a third has ended and a third was revoked.</summary>
    private static Grant GrantOf(int i, int people, DateTimeOffset now)
    {
        var person = new PersonRef(Issuer, $"person-{i % people}");
        var word = new Approval(new PersonRef(Issuer, "approver"), now, "Contract seen.");
        return new Grant
        {
            Id = $"grt_{i.ToString("x32", CultureInfo.InvariantCulture)}",
            Person = person,
            Categories = ["cyber"],
            Project = "Red team",
            NotBefore = now.AddDays(-60),
            ExpiresAt = i / people % 3 == 1 ? now.AddDays(-1) : now.AddDays(30),
            Approvals = [word],
            Revoked = i / people % 3 == 2 ? word : null,
        };
    }

    private static async Task MeasureAsync(string? name, GrantBook book, int[] people)
    {
        var took = new double[people.Length];
        for (var i = 0; i < people.Length; i++)
        {
            var caller = new Caller(Issuer, $"person-{people[i]}", null, null, new Tier(1, "registered"), ImmutableArray<Credential>.Empty);
            var began = Stopwatch.GetTimestamp();
            var grants = await book.ForAsync(caller, "m", CancellationToken.None);
            took[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            if (grants.IsEmpty)
            {
                throw new InvalidOperationException("A person has no grant; nothing was measured.");
            }
        }

        Array.Sort(took);
        if (name is not null)
        {
            Console.WriteLine($"{name,-15} p50 {At(took, .5),8:N1} us   p99 {At(took, .99),8:N1} us   max {took[^1],8:N1} us   ({took.Length:N0})");
        }
    }

    private static double At(double[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
