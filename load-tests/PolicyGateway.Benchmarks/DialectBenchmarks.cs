using BenchmarkDotNet.Attributes;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIChat;

namespace PolicyGateway.Benchmarks;

/// <summary>Strict reading of a request and of a completion, 1 KB of text each.</summary>
public class DialectBenchmarks
{
    private readonly ChatDialect _dialect = new();

    [Benchmark]
    public object ReadPrompt() => _dialect.ReadPrompt(default, Texts.RequestBody, new RequestLimits(MaxJsonDepth: 64, MaxChoices: 8));

    [Benchmark]
    public object ReadCompletion() => _dialect.ReadCompletion(Texts.CompletionBody, Framing.Json);

    [Benchmark]
    public object ReadStream() => _dialect.ReadCompletion(Texts.StreamBody, Framing.Sse);
}
