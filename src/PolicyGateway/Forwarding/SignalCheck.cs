using System.Buffers;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Release;

namespace PolicyGateway.Forwarding;

/// <summary>Names every fault of a cluster's <c>Signals</c>, each by its key.</summary>
internal static class SignalCheck
{
    private const int LongestHeader = 64;

    private static readonly SearchValues<char> HeaderCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static IEnumerable<string> Faults(string key, IReadOnlyList<SignalOptions> signals)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < signals.Count; i++)
        {
            var (at, signal) = ($"{key}:{i}", signals[i]);
            if (signal.Annotation is null == signal.Header is null)
            {
                yield return $"{at} must have an Annotation or a Header, and not both.";
            }

            if (signal.Annotation is { } annotation && !BackendAnnotations.Names.Contains(annotation))
            {
                yield return $"{at}:Annotation must be one of {string.Join(", ", BackendAnnotations.Names)}.";
            }

            if (signal.Header is { } header && !IsFree(header))
            {
                yield return $"{at}:Header must be the name of a header of the backend's own, and none that passes to the client or describes the body.";
            }

            if (!LabelMap.Heads.Contains(signal.Head, StringComparer.Ordinal))
            {
                yield return $"{at}:Head must be one of {string.Join(", ", LabelMap.Heads)}.";
            }

            // NaN is in no interval.
            if (signal.Score is not (> 0 and <= 1) || (signal.Header is not null && signal.Score != 1))
            {
                yield return $"{at}:Score must be above 0 and at most 1, and stays out where there is a Header, which brings its own.";
            }

            if (!seen.Add($"{signal.Annotation}|{signal.Header}|{signal.Head}"))
            {
                yield return $"{at} says what another of {key} says already.";
            }
        }
    }

    private static bool IsFree(string header) =>
        header.Length is > 0 and <= LongestHeader && !header.AsSpan().ContainsAnyExcept(HeaderCharacters)
        && !ResponseHead.Passes(header) && !header.StartsWith("content-", StringComparison.OrdinalIgnoreCase);
}
