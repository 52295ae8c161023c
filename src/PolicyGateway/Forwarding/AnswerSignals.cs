using System.Collections.Immutable;
using System.Globalization;
using System.Net.Http.Headers;
using PolicyGateway.Dialects;
using PolicyGateway.Policy;

namespace PolicyGateway.Forwarding;

/// <summary>
/// What the answer to one request says of itself, as far as the cluster that answers declares that it counts. Nothing before
/// the head of an answer came; where another backend is asked, the last head counts.
/// </summary>
internal sealed class AnswerSignals
{
    private const int LongestScore = 24;

    private string _cluster = "";
    private IReadOnlyList<SignalOptions> _declared = [];
    private ImmutableArray<Signal> _fromHeaders = [];

    /// <summary>The head of an answer is there.</summary>
    /// <param name="cluster">The cluster that answers.</param>
    /// <param name="declared">Its signals.</param>
    /// <param name="headers">The head.</param>
    public void Hear(string cluster, IReadOnlyList<SignalOptions> declared, HttpResponseHeaders headers)
    {
        (_cluster, _declared) = (cluster, declared);
        _fromHeaders = [.. declared.Where(signal => signal.Header is not null && headers.NonValidated.Contains(signal.Header))
            .Select(signal => new Signal($"{cluster}/{signal.Header}", signal.Head, ScoreOf(headers.NonValidated[signal.Header!])))];
    }

    /// <summary>Takes down what stands in the fields of the answer; null where none of it counts.</summary>
    public BackendAnnotations? Listen() => _declared.Any(static signal => signal.Annotation is not null) ? new BackendAnnotations() : null;

    /// <summary>All that counts, with what was read of the answer so far.</summary>
    public ImmutableArray<Signal> With(IReadOnlySet<string> annotations) => annotations.Count == 0
        ? _fromHeaders
        : [
            .. _fromHeaders,
            .. _declared.Where(signal => signal.Annotation is { } name && annotations.Contains(name))
                .Select(signal => new Signal($"{_cluster}/{signal.Annotation}", signal.Head, signal.Score)),
        ];

    /// <summary>A plain decimal number from 0 to 1, once; what is anything else says the most that it could.</summary>
    private static float ScoreOf(HeaderStringValues values) =>
        values.Count == 1 && values.ToString() is { Length: <= LongestScore } value
        && float.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var score)
        && score is >= 0 and <= 1
            ? score
            : 1;
}
