namespace PolicyGateway.Tests.Streams;

/// <summary>Who asks.</summary>
internal enum Asker
{
    /// <summary>Nothing is open to them.</summary>
    Anyone,

    /// <summary>The marker's category is open to them.</summary>
    Cleared,

    /// <summary>Another category is open to them, and the marker's is not.</summary>
    ClearedForAnother,

    /// <summary>Cleared at first, and demoted while the stream runs.</summary>
    Demoted,
}

/// <summary>What the backend does besides writing the stream.</summary>
internal enum BackendFault
{
    None,

    /// <summary>Ends in the middle.</summary>
    Truncated,

    /// <summary>Resets the connection.</summary>
    Reset,

    /// <summary>Says that its bytes are compressed.</summary>
    Encoded,

    /// <summary>A frame with a key twice.</summary>
    DuplicateKey,

    /// <summary>A frame with half a surrogate pair.</summary>
    LoneSurrogate,

    /// <summary>A frame that is not UTF-8.</summary>
    InvalidUtf8,

    /// <summary>Bytes that are no frame of the protocol's framing.</summary>
    BrokenFrame,

    /// <summary>Says that it is something else.</summary>
    OtherType,
}

/// <summary>One stream, made from a seed: what the backend writes, in which pieces, and what may come of it.</summary>
internal sealed record StreamScript
{
    public required int Seed { get; init; }

    public required IStreamSpeller Speller { get; init; }

    public required int Choices { get; init; }

    public required Asker Asker { get; init; }

    public required BackendFault Fault { get; init; }

    public required byte[] Bytes { get; init; }

    /// <summary>Lengths of the pieces in which the bytes are written.</summary>
    public required IReadOnlyList<int> Pieces { get; init; }

    /// <summary>Whether the text holds the marker.</summary>
    public required bool HasMarker { get; init; }

    /// <summary>Most bytes that may reach somebody to whom the marker is not open.</summary>
    public required int MostForUncleared { get; init; }

    /// <summary>Where the last piece of the marker stands.</summary>
    public required int MarkerEnd { get; init; }

    /// <summary>Behind which piece the caller is demoted; -1 where he is not.</summary>
    public required int DemotedBehind { get; init; }

    public override string ToString() =>
        $"seed {Seed}: {Speller.Name}, {Choices} choices, {Asker}, {Fault}, {Bytes.Length} bytes in {Pieces.Count} pieces, marker {HasMarker} (at most {MostForUncleared} bytes), demoted behind piece {DemotedBehind}";
}
