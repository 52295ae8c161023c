using System.Diagnostics;
using PolicyGateway.Dialects;

namespace PolicyGateway.Inference;

/// <summary>
/// A request of which nothing waits for a verdict, with a copy of what went through: the buffers that it passed in go back to
/// their pool with the request.
/// </summary>
/// <param name="Record">All that is known of it; the request's until it is over, then the observer's alone.</param>
/// <param name="Dialect">How the answer is read.</param>
/// <param name="Answer">What the backend sent, as far as it is held at all.</param>
/// <param name="IsSuccess">Whether that is a completion, or an error.</param>
/// <param name="Trace">The request's.</param>
/// <param name="Run">What the stop waits for.</param>
internal sealed record Observation(
    RequestRecord Record, IDialect Dialect, ReadOnlyMemory<byte> Answer, bool IsSuccess, ActivityContext Trace, IDisposable Run)
{
    /// <summary>When the request was over.</summary>
    public DateTimeOffset Ended { get; set; }

    /// <summary>The memory that waits with it.</summary>
    public int Size => SizeOf(Record.Prompt!, Answer);

    public static int SizeOf(Prompt prompt, ReadOnlyMemory<byte> answer) => prompt.Body.Length + answer.Length;

    public Completion Read() => IsSuccess
        ? Dialect.ReadCompletion(Answer, Record.Prompt!.Framing, Record.Signals.Listen())
        : AnswerReader.ReadLeaves(Answer, Record.Signals.Listen());

    /// <summary>Text does not print itself.</summary>
    public override string ToString() => $"Observation({Record.DecisionId}, {Answer.Length} bytes)";
}
