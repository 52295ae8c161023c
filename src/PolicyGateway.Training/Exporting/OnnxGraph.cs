using System.Runtime.InteropServices;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Onnx;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Training.Exporting;

/// <summary>
/// Writes the linear model as ONNX: logits = scale * unit * sum of the table's rows at ids. The table is int8 with a unit
/// per head (a quarter of the memory traffic; the rounding is below 0.01 of a logit) and ends with a zero row for padding.
/// Field numbers are those of onnx.proto.
/// </summary>
internal static class OnnxGraph
{
    private const int Heads = LabelMap.HeadCount;
    private const int IrVersion = 8;
    private const int OpsetVersion = 17;

    private enum ElementType
    {
        Float = 1,
        Int8 = 3,
        Int32 = 6,
        Int64 = 7,
    }

    public static byte[] Write(LinearModel model)
    {
        var (table, units) = Quantize(model);
        var graph = new ProtoWriter()
            .Message(1, Node("Gather", "table", NgramSession.Ids, "rows"))
            .Message(1, Node("Cast", "rows", null, "values").Message(5, new ProtoWriter().Text(1, "to").Number(3, (int)ElementType.Float).Number(20, 2)))
            .Message(1, Node("ReduceSum", "values", "axis", "sum").Message(5, new ProtoWriter().Text(1, "keepdims").Number(3, 0).Number(20, 2)))
            .Message(1, Node("Mul", "units", NgramSession.Scale, "factors"))
            .Message(1, Node("Mul", "sum", "factors", NgramSession.Logits))
            .Text(2, "ngram")
            .Message(5, Tensor("table", ElementType.Int8, MemoryMarshal.AsBytes(table.AsSpan()), model.Slots + 1, Heads))
            .Message(5, Tensor("units", ElementType.Float, MemoryMarshal.AsBytes(units.AsSpan()), Heads))
            .Message(5, Tensor("axis", ElementType.Int64, MemoryMarshal.AsBytes([0L]), 1))
            .Message(11, Value(NgramSession.Ids, ElementType.Int32, new ProtoWriter().Text(2, "n")))
            .Message(11, Value(NgramSession.Scale, ElementType.Float, new ProtoWriter().Number(1, 1)))
            .Message(12, Value(NgramSession.Logits, ElementType.Float, new ProtoWriter().Number(1, Heads)));
        return new ProtoWriter()
            .Number(1, IrVersion)
            .Text(2, "PolicyGateway.Training")
            .Message(7, graph)
            .Message(8, new ProtoWriter().Text(1, "").Number(2, OpsetVersion))
            .Written.ToArray();
    }

    /// <summary>Rounds the weights of each head to 127 steps on either side of zero.</summary>
    private static (sbyte[] Table, float[] Units) Quantize(LinearModel model)
    {
        var units = new float[Heads];
        for (var i = 0; i < model.Weights.Length; i++)
        {
            units[i % Heads] = Math.Max(units[i % Heads], Math.Abs(model.Weights[i]) / 127f);
        }

        var table = new sbyte[model.Weights.Length + Heads];
        for (var i = 0; i < model.Weights.Length; i++)
        {
            table[i] = (sbyte)MathF.Round(model.Weights[i] / Math.Max(units[i % Heads], float.Epsilon));
        }

        return (table, units);
    }

    private static ProtoWriter Node(string operation, string first, string? second, string output)
    {
        var node = new ProtoWriter().Text(1, first);
        return (second is null ? node : node.Text(1, second)).Text(2, output).Text(3, output).Text(4, operation);
    }

    private static ProtoWriter Tensor(string name, ElementType type, ReadOnlySpan<byte> data, params ReadOnlySpan<int> dimensions)
    {
        var tensor = new ProtoWriter();
        foreach (var dimension in dimensions)
        {
            tensor.Number(1, dimension);
        }

        return tensor.Number(2, (int)type).Text(8, name).Bytes(9, data);
    }

    private static ProtoWriter Value(string name, ElementType type, ProtoWriter dimension) => new ProtoWriter()
        .Text(1, name)
        .Message(2, new ProtoWriter().Message(1, new ProtoWriter()
            .Number(1, (int)type)
            .Message(2, new ProtoWriter().Message(1, dimension))));
}
