namespace PolicyGateway.LoadTests;

/// <summary>Says on standard error what is going on; standard output is for the figures.</summary>
internal static class Progress
{
    private static readonly long Start = TimeProvider.System.GetTimestamp();

    public static void Say(string text) =>
        Console.Error.WriteLine(FormattableString.Invariant($"[{TimeProvider.System.GetElapsedTime(Start).TotalSeconds,4:F0} s] {text}"));
}

/// <summary>Why nothing could be measured, as a sentence for the operator.</summary>
internal sealed class LoadTestFault(string message, Exception? inner = null) : Exception(message, inner);
