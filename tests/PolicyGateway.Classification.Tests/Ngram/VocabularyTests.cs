using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Ngram;

public sealed class VocabularyTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(512)]
    public void Every_ngram_of_a_full_table_has_the_slot_that_a_search_step_by_step_finds(int slots)
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var random = new Random(seed);
            var hashes = Enumerable.Range(0, Vocabulary.Capacity(slots)).Select(_ => (ulong)random.NextInt64()).Distinct().ToArray();

            // Half of them crowd at the table's end, so that runs are longer than a vector and go on at its start.
            for (var i = 0; i < hashes.Length / 2; i++)
            {
                hashes[i] |= 0xFF00_0000_0000_0000;
            }

            var vocabulary = Vocabulary.Build(hashes, slots);
            var table = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(vocabulary.ToBytes()).ToArray();
            foreach (var hash in hashes.Concat(Enumerable.Range(0, 2 * slots).Select(_ => (ulong)random.NextInt64() << 1)))
            {
                Assert.Equal((seed, hash, StepByStep(table, hash)), (seed, hash, vocabulary.Find(hash)));
            }
        }
    }

    private static int StepByStep(ushort[] table, ulong hash)
    {
        var fingerprint = Math.Max((ushort)1, (ushort)(hash >> 20));
        var slot = (int)(hash >> (64 - int.Log2(table.Length)));
        while (table[slot] != 0 && table[slot] != fingerprint)
        {
            slot = (slot + 1) % table.Length;
        }

        return table[slot] == 0 ? -1 : slot;
    }
}
