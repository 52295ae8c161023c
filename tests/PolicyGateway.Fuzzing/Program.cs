using System.CommandLine;
using System.Diagnostics;
using PolicyGateway.Fuzzing;

var inputs = new Option<long>("--inputs") { Description = "How many inputs to make, over all targets.", DefaultValueFactory = static _ => 10_000_000 };
var seed = new Option<int>("--seed") { Description = "Makes the same inputs again. Default: another each time; it is printed.", DefaultValueFactory = static _ => Random.Shared.Next() };
var only = new Option<string?>("--target") { Description = "Only targets with this in their name, such as \"chat\" or \"request\"." };
var keep = new Option<bool>("--keep") { Description = "Adds to the corpus an input of each new kind, and those that were read wrongly." };
var fixtures = new Option<string>("--fixtures") { Description = "The folder of the fixtures and the corpus.", DefaultValueFactory = static _ => Corpus.Fixtures() };
var root = new RootCommand("Sends mutated inputs through every reader of requests, answers and frames, and checks what must hold of each of them.") { inputs, seed, only, keep, fixtures };
root.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
return await root.Parse(args).InvokeAsync();

int Run(ParseResult parsed, CancellationToken cancellationToken)
{
    FuzzTarget[] targets = [.. FuzzTarget.All().Where(target => target.Name.Contains(parsed.GetValue(only) ?? "", StringComparison.Ordinal))];
    if (targets.Length == 0)
    {
        Console.Error.WriteLine($"No target has '{parsed.GetValue(only)}' in its name. There are: {string.Join(", ", FuzzTarget.All().Select(static target => target.Name))}.");
        return 2;
    }

    var (folder, each, first) = (parsed.GetValue(fixtures)!, (int)Math.Max(1, parsed.GetValue(inputs) / targets.Length), parsed.GetValue(seed));
    Console.Error.WriteLine($"{targets.Length} targets, {each} inputs each, seed {first}");
    var (faults, kinds, done, clock) = (0, 0, 0, Stopwatch.StartNew());
    Parallel.ForEach(targets, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (target, _, index) =>
    {
        var fuzzer = new Fuzzer(target, Corpus.Read(folder, target));
        fuzzer.Run(each, unchecked(first + (int)index), cancellationToken);
        lock (targets)
        {
            (faults, kinds) = (faults + fuzzer.Faults.Count, kinds + fuzzer.New.Count);
            Console.Error.WriteLine($"[{clock.Elapsed.TotalSeconds,4:F0} s] {++done,2} of {targets.Length}: {target.Name}: {fuzzer.New.Count} new kinds, {fuzzer.Faults.Count} faults");
            foreach (var (input, fault) in fuzzer.Faults)
            {
                Console.WriteLine($"{target.Name}\t{Convert.ToBase64String(input)}\n  {fault}");
            }

            if (parsed.GetValue(keep))
            {
                Corpus.Keep(folder, target, fuzzer.New.Concat(fuzzer.Faults.Select(static one => one.Input)));
            }
        }
    });
    if (cancellationToken.IsCancellationRequested)
    {
        return 130;
    }

    Console.WriteLine($"{(long)each * targets.Length} inputs, seed {first}: {kinds} new kinds, {faults} faults");
    return faults == 0 ? 0 : 1;
}
