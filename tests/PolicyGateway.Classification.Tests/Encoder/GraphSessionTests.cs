using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Classification.Tests.Encoder;

/// <summary>What the trainer sees of a graph is what a request is judged by.</summary>
public sealed class GraphSessionTests
{
    [Fact]
    public void A_window_has_the_logits_that_the_served_binding_gives()
    {
        var model = File.ReadAllBytes(Path.Combine(Shipped.EncoderBundle, "model.onnx"));
        using var session = new EncoderSession(model);
        using var binding = new EncoderBinding(session, maxTokens: 128);
        using var graph = new GraphSession(model);
        long[] ids = [0, 3011, 23276, 7099, 10473, 54, 2];

        ids.CopyTo(binding.Tokens);

        Assert.Equal(binding.Run(ids.Length, textStart: 1).ToArray(), graph.Run(ids, textStart: 1));
    }

    [Fact]
    public void A_graph_that_takes_no_ids_is_refused_by_the_name_of_what_it_lacks()
    {
        var fault = Assert.Throws<BundleException>(() => new GraphSession(File.ReadAllBytes(Path.Combine(Shipped.Bundle, "model.onnx"))));

        Assert.Contains("input_ids", fault.Message, StringComparison.Ordinal);
    }
}
