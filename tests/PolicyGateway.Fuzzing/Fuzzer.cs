namespace PolicyGateway.Fuzzing;

/// <summary>Reads inputs made at random from those that were read in a new way before, one target at a time.</summary>
internal sealed class Fuzzer(FuzzTarget target, IEnumerable<byte[]> start)
{
    /// <summary>Most faulty inputs that are told of one target: they are mostly the same.</summary>
    private const int MostFaults = 5;

    private readonly List<byte[]> _pool = [.. start];
    private readonly Dictionary<string, byte[]> _kinds = [];

    /// <summary>Inputs that were read wrongly, and how.</summary>
    public List<(byte[] Input, string Fault)> Faults { get; } = [];

    /// <summary>The shortest input of each kind that no input of the start was of.</summary>
    public IReadOnlyCollection<byte[]> New => _kinds.Values;

    /// <param name="count">Inputs to make.</param>
    /// <param name="seed">Makes the same ones again.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void Run(int count, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var known = _pool.Select(input => Check(input, random)).ToHashSet();
        for (var i = 0; i < count && Faults.Count < MostFaults && !cancellationToken.IsCancellationRequested; i++)
        {
            var input = Mutator.Make(_pool, random);
            var kind = Check(input, random);
            if (known.Add(kind))
            {
                _pool.Add(input);
                _kinds.Add(kind, input);
            }
            else if (_kinds.TryGetValue(kind, out var longer) && input.Length < longer.Length)
            {
                _kinds[kind] = input;
            }
        }
    }

    private string Check(byte[] input, Random random)
    {
        var kind = target.Read(input, random, out var fault);
        if (fault is not null)
        {
            Faults.Add((input, fault));
        }

        return kind;
    }
}
