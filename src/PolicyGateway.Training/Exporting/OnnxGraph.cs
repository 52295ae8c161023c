using System.Runtime.InteropServices;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Onnx;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Training.Exporting;

/// <summary>
/// Writes the linear model as ONNX: logits = scale * unit * (counts x the table's rows at ids). The table is int8 with a unit
/// per head (a quarter of the memory traffic; the rounding is below 0.01 of a logit) and ends with a zero row for padding.
/// The sum is an integer matrix product of the runtime's own operators: casting and reducing took over 40 % longer.
/// Field numbers are those of onnx.proto.
/// </summary>
internal static class OnnxGraph
{
    private const int Heads = LabelMap.HeadCount;
    private const int IrVersion = 8;
    private const int OpsetVersion = 17;
    private const string RuntimeDomain = "com.microsoft";

    private enum ElementType
    {
        Float = 1,
        UInt8 = 2,
        Int8 = 3,
        Int32 = 6,
    }

    public static byte[] Write(LinearModel model)
    {
        var (table, units) = Quantize(model);
        var graph = new ProtoWriter()
            .Message(1, Node("Gather", "", "rows", "table", NgramSession.Ids))
            .Message(1, Node("MatMulIntegerToFloat", RuntimeDomain, NgramSession.Logits, NgramSession.Counts, "rows", NgramSession.Scale, "units"))
            .Text(2, "ngram")
            .Message(5, Tensor("table", ElementType.Int8, MemoryMarshal.AsBytes(table.AsSpan()), model.Slots + 1, Heads))
            .Message(5, Tensor("units", ElementType.Float, MemoryMarshal.AsBytes(units.AsSpan()), Heads))
            .Message(11, Value(NgramSession.Ids, ElementType.Int32, Dimension("n")))
            .Message(11, Value(NgramSession.Counts, ElementType.UInt8, Dimension(1), Dimension("n")))
            .Message(11, Value(NgramSession.Scale, ElementType.Float, Dimension(1)))
            .Message(12, Value(NgramSession.Logits, ElementType.Float, Dimension(1), Dimension(Heads)));
        return new ProtoWriter()
            .Number(1, IrVersion)
            .Text(2, "PolicyGateway.Training")
            .Message(7, graph)
            .Message(8, new ProtoWriter().Text(1, "").Number(2, OpsetVersion))
            .Message(8, new ProtoWriter().Text(1, RuntimeDomain).Number(2, 1))
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

    private static ProtoWriter Node(string operation, string domain, string output, params ReadOnlySpan<string> inputs)
    {
        var node = new ProtoWriter();
        foreach (var input in inputs)
        {
            node.Text(1, input);
        }

        return node.Text(2, output).Text(3, output).Text(4, operation).Text(7, domain);
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

    private static ProtoWriter Value(string name, ElementType type, params ReadOnlySpan<ProtoWriter> dimensions)
    {
        var shape = new ProtoWriter();
        foreach (var dimension in dimensions)
        {
            shape.Message(1, dimension);
        }

        return new ProtoWriter()
            .Text(1, name)
            .Message(2, new ProtoWriter().Message(1, new ProtoWriter().Number(1, (int)type).Message(2, shape)));
    }

    private static ProtoWriter Dimension(int length) => new ProtoWriter().Number(1, length);

    private static ProtoWriter Dimension(string name) => new ProtoWriter().Text(2, name);
}
