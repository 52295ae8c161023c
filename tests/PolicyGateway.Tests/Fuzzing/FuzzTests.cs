using PolicyGateway.Fuzzing;

namespace PolicyGateway.Tests.Fuzzing;

/// <summary>A short run of the fuzzer, and all that its long runs have kept.</summary>
public sealed class FuzzTests
{
    private const int InputsEach = 500;

    public static TheoryData<string> Targets => [.. FuzzTarget.All().Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Whatever_comes_is_read_whole_or_refused(string name)
    {
        var target = FuzzTarget.All().Single(target => target.Name == name);
        var seed = Random.Shared.Next();
        var fuzzer = new Fuzzer(target, Corpus.Read(ConventionTests.PathOf("tests/Fixtures"), target));

        fuzzer.Run(InputsEach, seed, CancellationToken.None);

        Assert.True(fuzzer.Faults.Count == 0, $"seed {seed}:\n{string.Join('\n', fuzzer.Faults.Select(one => $"{one.Fault} {Convert.ToBase64String(one.Input)}"))}");
    }
}
