namespace PolicyGateway.Dialects.Frames;

/// <summary>How an answer is cut into frames.</summary>
internal enum Framing
{
    /// <summary>One JSON document: no stream.</summary>
    Json,

    /// <summary>Server-sent events, <c>text/event-stream</c>.</summary>
    Sse,

    /// <summary>A JSON document per line, <c>application/x-ndjson</c>.</summary>
    Ndjson,

    /// <summary>One JSON array whose elements arrive one by one, <c>application/json</c>.</summary>
    JsonArray,
}

/// <summary>What each framing is called on the wire.</summary>
internal static class FramingNames
{
    public static string MediaType(this Framing framing) => framing switch
    {
        Framing.Sse => "text/event-stream",
        Framing.Ndjson => "application/x-ndjson",
        _ => "application/json",
    };
}
