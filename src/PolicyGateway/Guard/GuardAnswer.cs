namespace PolicyGateway.Guard;

/// <summary>What came of asking the guard. Only the first two count; for all others the classifier's verdict stands.</summary>
internal enum GuardAnswer
{
    Safe,
    Unsafe,

    /// <summary>Not asked: the text is longer than <see cref="GuardOptions.MaxCharacters"/>.</summary>
    TooLong,

    /// <summary>Not asked: as many as may are being asked.</summary>
    Busy,

    /// <summary>Not asked: the minute's questions are used up.</summary>
    OverBudget,

    /// <summary>Not asked: it failed too often of late.</summary>
    Resting,

    /// <summary>No answer before the deadline.</summary>
    Late,

    /// <summary>No connection, or a status other than 200.</summary>
    Failed,

    /// <summary>An answer in another form than agreed, or a very long one.</summary>
    Malformed,
}

/// <summary>The names of answers in metrics and traces.</summary>
internal static class GuardAnswerNames
{
    public static string Name(this GuardAnswer answer) => answer switch
    {
        GuardAnswer.Safe => "safe",
        GuardAnswer.Unsafe => "unsafe",
        GuardAnswer.TooLong => "too_long",
        GuardAnswer.Busy => "busy",
        GuardAnswer.OverBudget => "over_budget",
        GuardAnswer.Resting => "resting",
        GuardAnswer.Late => "late",
        GuardAnswer.Failed => "failed",
        _ => "malformed",
    };

    /// <summary>Whether it decides.</summary>
    public static bool Counts(this GuardAnswer answer) => answer is GuardAnswer.Safe or GuardAnswer.Unsafe;
}
