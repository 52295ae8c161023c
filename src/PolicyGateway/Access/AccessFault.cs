using System.Buffers;
using System.Globalization;
using System.Text;

namespace PolicyGateway.Access;

/// <summary>Why something was not done.</summary>
/// <param name="Status">The HTTP status that says so.</param>
/// <param name="Code">A constant, the last part of the problem's type.</param>
/// <param name="Detail">A sentence that says what to mend.</param>
internal sealed record AccessFault(int Status, string Code, string Detail)
{
    /// <summary>When it may be tried again; null says nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static readonly AccessFault Raced = Conflict("Somebody else changed it at the same moment; look at it again.");

    public static AccessFault Invalid(string detail) => new(StatusCodes.Status422UnprocessableEntity, "invalid_request", detail);

    /// <summary>Also for what is somebody else's: an id is no oracle.</summary>
    public static AccessFault NotFound(string what) => new(StatusCodes.Status404NotFound, "not_found", $"There is no such {what}.");

    /// <summary>What is wrong with a query, by the name of its parameter.</summary>
    public static AccessFault BadQuery(string detail) => new(StatusCodes.Status400BadRequest, "invalid_query", detail);

    public static AccessFault Conflict(string detail) => new(StatusCodes.Status409Conflict, "conflict", detail);

    public static AccessFault Forbidden(string detail) => new(StatusCodes.Status403Forbidden, "forbidden", detail);
}

/// <summary>What was asked for, or why not. Exactly one of the two.</summary>
internal readonly record struct AccessResult<T>(T? Value, AccessFault? Fault)
    where T : class
{
    /// <summary>The same of something else that is made of the value.</summary>
    public AccessResult<TOther> Map<TOther>(Func<T, TOther> map)
        where TOther : class => new(Value is { } value ? map(value) : null, Fault);

    public static implicit operator AccessResult<T>(T value) => new(value, null);

    public static implicit operator AccessResult<T>(AccessFault fault) => new(null, fault);
}

/// <summary>Texts that people write, before they are kept and shown to others.</summary>
internal static class WrittenText
{
    public const int LongestLine = 200;
    public const int LongestText = 4_000;

    /// <summary>What is wrong with one line, such as a project's name; null where nothing is.</summary>
    public static AccessFault? CheckLine(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? AccessFault.Invalid($"{name} is missing.")
        : text.Length > LongestLine ? AccessFault.Invalid($"{name} has more than {LongestLine} characters.")
        : !Fits(text, isLine: true) ? AccessFault.Invalid($"{name} holds characters that belong in no line of text.")
        : null;

    /// <summary>The same for a text of several lines.</summary>
    public static AccessFault? CheckText(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? AccessFault.Invalid($"{name} is missing.")
        : text.Length > LongestText ? AccessFault.Invalid($"{name} has more than {LongestText} characters.")
        : !Fits(text, isLine: false) ? AccessFault.Invalid($"{name} holds control characters.")
        : null;

    /// <summary>
    /// Whether it reads as it is written: no half characters, nothing that controls a terminal, ends a line or cannot be seen. The signs
    /// that join letters and emojis may stand in a line, those that mark a direction without turning it in a text.
    /// </summary>
    private static bool Fits(ReadOnlySpan<char> text, bool isLine)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var length) != OperationStatus.Done || !Fits(rune, isLine))
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }

    private static bool Fits(Rune rune, bool isLine) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control => !isLine && rune.Value is '\n' or '\r' or '\t',
        UnicodeCategory.Format => rune.Value is 0x200c or 0x200d || (!isLine && rune.Value is 0x00ad or 0x200e or 0x200f or 0x061c),
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        _ => true,
    };
}
