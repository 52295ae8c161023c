using System.CommandLine;
using System.Runtime.InteropServices;
using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Training.Commands;

/// <summary>
/// <c>states</c>: what an encoder's graph gives for windows of ids, its inner states too where the graph names them as outputs.
/// <c>training/refine.py</c> trains upper layers over what the served lower ones give, without running them in PyTorch.
/// </summary>
internal static class StatesCommand
{
    private const int Chunk = 1_000;

    public static Command Create()
    {
        var command = new Command("states", "Run an encoder over windows of ids and write all outputs of its graph, as half precision.");
        var model = new Option<FileInfo>("--model") { Description = "The graph, .onnx: input_ids, and text_start or attention_mask.", Required = true };
        var windows = new Option<FileInfo>("--windows") { Description = "Windows as int32, little-endian: count of ids, place of the text's first, ids.", Required = true };
        var output = new Option<FileInfo>("--out") { Description = "The file to write: window after window, output after output in the graph's order.", Required = true };
        foreach (var option in new Option[] { model, windows, output })
        {
            command.Options.Add(option);
        }

        command.SetAction(result => Write(
            result.GetRequiredValue(model).FullName, Read(result.GetRequiredValue(windows).FullName), result.GetRequiredValue(output).FullName));
        return command;
    }

    private static List<(long[] Ids, int TextStart)> Read(string file)
    {
        var values = MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(file)).ToArray();
        var windows = new List<(long[], int)>();
        for (var at = 0; at < values.Length;)
        {
            var count = values[at];
            if (count < 1 || at + 2 + count > values.Length)
            {
                throw new InvalidDataException($"{file} names {count} ids at place {at}; {values.Length - at - 2} follow.");
            }

            windows.Add(([.. values.AsSpan(at + 2, count).ToArray().Select(static id => (long)id)], values[at + 1]));
            at += 2 + count;
        }

        return windows;
    }

    private static void Write(string model, List<(long[] Ids, int TextStart)> windows, string file)
    {
        using var session = new GraphSession(File.ReadAllBytes(model));
        using var output = File.Create(file);
        for (var begin = 0; begin < windows.Count; begin += Chunk)
        {
            var results = new Half[Math.Min(Chunk, windows.Count - begin)][];
            Parallel.For(
                0,
                results.Length,
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                index => results[index] = Run(session, windows[begin + index]));
            foreach (var result in results)
            {
                output.Write(MemoryMarshal.AsBytes(result.AsSpan()));
            }

            if (begin / Chunk % 10 == 9)
            {
                Shared.Progress($"{begin + results.Length:N0} of {windows.Count:N0} windows");
            }
        }
    }

    private static Half[] Run(GraphSession session, (long[] Ids, int TextStart) window) =>
        [.. session.Run(window.Ids, window.TextStart).Select(static value => (Half)value)];
}
