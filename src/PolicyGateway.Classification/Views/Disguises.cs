namespace PolicyGateway.Classification.Views;

/// <summary>
/// Which disguises of single characters a text uses. Ordinary writing uses some of these characters, too: a soft hyphen, a
/// flag, full-width punctuation, a ligature, the joiners of Indic scripts and of emoji. Those alone make no view.
/// </summary>
internal readonly struct Disguises
{
    /// <summary>Styled letters side by side that make a word of them and no symbol.</summary>
    private const int StyledWord = 3;

    /// <summary>Styled digits and letters side by side that are more than a number.</summary>
    private const int StyledCode = 16;

    private const int MinOddMarks = 2;

    /// <summary>Letters that a text has before their accents are compared.</summary>
    private const int MinAccented = 12;

    /// <summary>More flags in a row than anyone waves.</summary>
    private const int MaxFlags = 8;

    private const int MaxFlagTags = 8;

    public bool Any { get; private init; }

    /// <summary>Whether marks stand on Latin letters that no language puts there, or on most of them.</summary>
    public bool StripMarks { get; private init; }

    public static Disguises In(string text)
    {
        var first = text.AsSpan().IndexOfAnyExceptInRange('\0', '\x7f');
        if (first < 0)
        {
            return default;
        }

        var scan = new Scan();
        for (var i = Math.Max(0, first - 1); i < text.Length;)
        {
            var codePoint = Characters.At(text, i, out var length);
            scan.Add(text, i, length, codePoint);
            i += length;
        }

        scan.End();
        var strip = scan.OddMarks >= MinOddMarks || IsAccented(text);
        return new Disguises { Any = strip || scan.Hides || LookAlikeWords.AnyIn(text), StripMarks = strip };
    }

    /// <summary>Whether most of the Latin letters bear a mark: of Vietnamese, which has most, a third do.</summary>
    private static bool IsAccented(string text)
    {
        var (letters, accented) = (0, 0);
        foreach (var c in text)
        {
            var isAccent = c is >= '\u0300' and <= '\u036f';
            letters += !isAccent && char.IsLetter(c) && Characters.IsLatin(c) ? 1 : 0;
            accented += isAccent || (Characters.IsLatin(c) && Folds.WithoutMarks(c) != c) ? 1 : 0;
        }

        return letters >= MinAccented && 2 * accented > letters;
    }

    private struct Scan
    {
        private int _styled;
        private int _letters;
        private int _regionals;
        private int _loneRegionals;
        private int _marks;
        private int _previous;
        private int _flagTags;
        private int _hidden;

        public bool Hides { get; private set; }

        public int OddMarks { get; private set; }

        public void Add(string text, int at, int length, int codePoint)
        {
            if (codePoint >= 0x300 && Characters.IsMark(codePoint) && !Characters.IsInvisible(codePoint))
            {
                AddMark(codePoint);
                return;
            }

            _marks = 0;
            AddStyled(codePoint, at + length < text.Length ? text[at + length] : ' ');
            Hides |= Characters.IsOverride(codePoint);
            AddRegional(codePoint);
            AddTag(codePoint);
            if (Characters.IsInvisible(codePoint) && at + length < text.Length)
            {
                // A chain of invisible characters still stands between the letters around it.
                var next = Characters.At(text, at + length, out _);
                Hides |= Characters.IsPlainLetter(_previous) && Characters.IsPlainLetter(next) && !Characters.IsInvisible(next);
                return;
            }

            _previous = codePoint;
        }

        public void End() => AddRegional(0);

        private void AddMark(int mark)
        {
            _marks++;
            Hides |= _marks > Normaliser.MaxMarks;
            var letter = (char)_previous;
            if (_previous > char.MaxValue || !Characters.IsLatin(letter))
            {
                return;
            }

            if (Folds.TryCompose(letter, (char)mark, out var composed))
            {
                _previous = composed;
            }
            else if (mark is 0x305 or (>= 0x309 and <= 0x322) or (>= 0x32e and <= 0x32f) or >= 0x332)
            {
                OddMarks++; // the others are tones and accents
            }
        }

        private void AddRegional(int codePoint)
        {
            if (Characters.IsRegional(codePoint))
            {
                _regionals++;
                Hides |= _regionals > MaxFlags * 2;
                return;
            }

            _loneRegionals += _regionals & 1;
            _regionals = 0;
            Hides |= _loneRegionals >= StyledWord;
        }

        private void AddTag(int codePoint)
        {
            // Flags of regions (England, Scotland, Wales) are a black flag and a few tags.
            _flagTags = codePoint == 0x1f3f4 ? MaxFlagTags : Characters.IsTag(codePoint) ? _flagTags - 1 : 0;
            _hidden += _flagTags <= 0 && Characters.Hidden(codePoint) != '\0' ? 1 : 0;
            Hides |= _hidden >= StyledWord;
        }

        /// <summary>Fractions, Roman numerals and units are symbols of one character.</summary>
        private void AddStyled(int codePoint, char next)
        {
            var isSymbol = codePoint is < 0x1d2c or (>= 0x2150 and <= 0x218b) or (>= 0x3371 and <= 0x33ff) || Characters.IsRegional(codePoint);
            var first = isSymbol || Folds.Fold(codePoint) is not { Length: > 0 } folded ? '\0' : folded[0];
            _letters = char.IsAsciiLetter(first) ? _letters + 1 : 0;
            _styled = char.IsAsciiLetterOrDigit(first) ? _styled + 1 : 0;
            Hides |= _letters >= StyledWord || _styled >= StyledCode;
            if (_letters == 0 || codePoint is >= 0xfb00 and <= 0xfb06)
            {
                return;
            }

            // One styled letter inside a plain word; at its end it may be a trade mark or an index.
            var (isAfter, isBefore) = (_previous < 0x80 && char.IsAsciiLetter((char)_previous), char.IsAsciiLetter(next));
            var isWhole = codePoint is (>= 0x24b6 and <= 0x24e9) or (>= 0xff21 and <= 0xff5a) or >= 0x1d400;
            Hides |= (isAfter && isBefore) || (isWhole && (isAfter || isBefore));
        }
    }
}
