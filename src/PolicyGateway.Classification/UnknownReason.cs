namespace PolicyGateway.Classification;

/// <summary>Why a classifier could not say anything of a text. Anything but <see cref="None"/> is treated as strictest.</summary>
public enum UnknownReason
{
    /// <summary>There is a verdict.</summary>
    None,

    /// <summary>The bundle is not loaded or not yet warm.</summary>
    NotReady,

    /// <summary>The deadline passed before the text was scored.</summary>
    Deadline,

    /// <summary>Every lane was busy and the queue was full.</summary>
    QueueFull,

    /// <summary>The text is longer than the configured cap.</summary>
    TooLong,

    /// <summary>The text is in no language, script or encoding that can be read.</summary>
    Unreadable,

    /// <summary>The runtime failed, or returned something that is no probability.</summary>
    RuntimeFailure,
}
