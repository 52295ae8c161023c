namespace PolicyGateway.Dialects.Fields;

/// <summary>What a field of a request or an answer is to whoever reads it.</summary>
internal enum FieldKind
{
    /// <summary>Only holds other fields.</summary>
    Container,

    /// <summary>Text: judged alone, with its neighbours, and in the order in which it arrives.</summary>
    Text,

    /// <summary>The same text once more (log probabilities, closing copies): judged, but not in the order of arrival.</summary>
    Copy,

    /// <summary>An id or a word of the protocol: says nothing while it stays the same and looks like one; else it is text.</summary>
    Id,

    /// <summary>Like <see cref="Id"/>, and random in every frame: judged line by line only.</summary>
    Random,

    /// <summary>A number, a flag or null; anything else in its place is text.</summary>
    Number,

    /// <summary>A time as RFC 3339 writes it, of each frame perhaps: says no more than a number; anything else in its place is text.</summary>
    Time,

    /// <summary>Numbers that are the bytes of a text.</summary>
    Bytes,

    /// <summary>Sent back to the backend unread, such as encrypted reasoning. Its letters are judged as text all the same.</summary>
    Opaque,

    /// <summary>JSON of any shape: every leaf and every name is text.</summary>
    Any,

    /// <summary>Image, sound, file, token ids: nobody here can read it, so it is unclassified.</summary>
    Binary,

    /// <summary>Text, or the token ids of one: those nobody here can read, so they are unclassified.</summary>
    TextOrTokens,

    /// <summary>An object whose names are text (tokens, with the probability of each): the names at one position are a run.</summary>
    Names,

    /// <summary>What a model computed of a text: real numbers, as an array or as base64. Others may spell a text and are unclassified.</summary>
    Vector,

    /// <summary>Which item of its array, or of the whole answer, this is: what arrives in pieces is joined by it.</summary>
    Index,

    /// <summary>
    /// Text, unless a word beside it says that nobody can read it: a document's data is plain text or a file, by its type.
    /// </summary>
    Payload,

    /// <summary>
    /// A flag of an item in a run: where it is true, the item's texts are a run of their own, since clients leave it out of
    /// the other (a thought between two parts of an answer).
    /// </summary>
    Aside,

    /// <summary>One of a few words; any other is an error in a request and unknown in an answer.</summary>
    OneOf,

    /// <summary>A feature that would go round the gate: a request that asks for it is refused.</summary>
    Refused,
}
