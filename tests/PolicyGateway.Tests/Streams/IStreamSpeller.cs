namespace PolicyGateway.Tests.Streams;

/// <summary>How a dialect spells a stream: JSON documents, one a frame, without what stands around them.</summary>
internal interface IStreamSpeller
{
    /// <summary>The dialect's name.</summary>
    string Name { get; }

    string Path { get; }

    string MediaType { get; }

    /// <summary>
    /// Where text may stand that is part of the text in order of arrival, character by character as the dialect's tables have
    /// it; the first is the ordinary one.
    /// </summary>
    IReadOnlyList<string> Channels { get; }

    /// <summary>Places that repeat text or that nobody knows: judged, but no part of the text in order of arrival.</summary>
    IReadOnlyList<string> SidePlaces { get; }

    /// <summary>Most texts that run side by side: choices, candidates, items, blocks.</summary>
    int MostChoices => 3;

    /// <summary>A request that asks for a stream of so many choices.</summary>
    string Request(string prompt, int choices);

    /// <summary>What opens the stream.</summary>
    IEnumerable<string> Open(int choices);

    /// <summary>A frame with a piece of text in a channel.</summary>
    string Text(int choice, string channel, string text);

    /// <summary>A frame with a piece of text in a side place.</summary>
    string Side(int choice, string place, string text);

    /// <summary>What ends the stream.</summary>
    IEnumerable<string> Close(int choices);

    /// <summary>Makes bytes of frames: events, lines or elements.</summary>
    byte[] Frame(string json, Random random, bool isFirst);

    /// <summary>Bytes that are no frame of this framing, whatever stands around them.</summary>
    byte[] BrokenFrame { get; }

    /// <summary>What stands behind the last frame.</summary>
    byte[] Tail { get; }

    /// <summary>Whether what follows the released bytes is the dialect's block.</summary>
    bool IsBlock(string rest);
}
