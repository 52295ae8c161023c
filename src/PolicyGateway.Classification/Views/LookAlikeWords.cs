namespace PolicyGateway.Classification.Views;

/// <summary>
/// Words with letters borrowed from another script because they look alike. Such a word is read in Latin where every
/// foreign letter looks like a Latin one, else in Cyrillic where every Latin letter looks like a Cyrillic one.
/// </summary>
internal static class LookAlikeWords
{
    private const int MinLetters = 3;
    private const string CyrillicLatin = "aceopxyABCEHKMOPTXyi";
    private const string Cyrillic = "асеорхуАВСЕНКМОРТХуі";

    public static bool AnyIn(string text) => Each(text, builder: null);

    public static void Replace(string text, ViewBuilder builder) => Each(text, builder);

    private static bool Each(string text, ViewBuilder? builder)
    {
        var latinText = (bool?)null;
        var start = -1;
        var word = default(Word);
        for (var i = 0; i <= text.Length;)
        {
            var length = 1;
            var codePoint = i < text.Length ? Characters.At(text, i, out length) : 0;
            var looks = codePoint < 0x80 ? "" : Folds.LooksLike(codePoint);
            if (codePoint >= 0x80 ? looks.Length > 0 || Characters.IsLetter(codePoint) : char.IsAsciiLetter((char)codePoint))
            {
                start = start < 0 ? i : start;
                word.Add(codePoint, looks);
            }
            else
            {
                if (word.Foreign > 0 && word.Letters >= MinLetters)
                {
                    latinText = word.NeedsLatinText ? latinText ?? IsMostlyLatin(text) : latinText;
                    var target = word.ReadIn(latinText ?? false);
                    if (target != Target.Same && builder is null)
                    {
                        return true;
                    }

                    Rewrite(text, start, i, target, builder);
                }

                start = -1;
                word = default;
            }

            i += length;
        }

        return false;
    }

    private static void Rewrite(string text, int start, int end, Target target, ViewBuilder? builder)
    {
        for (var i = start; i < end && target != Target.Same;)
        {
            var codePoint = Characters.At(text, i, out var length);
            if (target == Target.Latin && codePoint >= 0x80 && Folds.LooksLike(codePoint) is { Length: > 0 } latin)
            {
                builder!.Replace(i, length, latin);
            }
            else if (target == Target.Cyrillic && CyrillicLatin.IndexOf((char)codePoint, StringComparison.Ordinal) is >= 0 and var at && codePoint < 0x80)
            {
                builder!.Replace(i, length, [Cyrillic[at]]);
            }

            i += length;
        }
    }

    /// <summary>A Cyrillic or Greek word of letters that all look Latin is ordinary in its own language and none in Latin text.</summary>
    private static bool IsMostlyLatin(string text)
    {
        var (latin, other) = (0, 0);
        foreach (var c in text)
        {
            latin += char.IsAsciiLetter(c) ? 1 : 0;
            other += c is >= '\u0370' and <= '\u052f' ? 1 : 0;
        }

        return latin > 2 * other;
    }

    private enum Target
    {
        Same,
        Latin,
        Cyrillic,
    }

    private struct Word
    {
        private int _latin;
        private int _cyrillic;
        private int _onlyCyrillic;
        private int _greek;
        private int _foreignWithoutLatin;
        private int _latinWithoutCyrillic;

        public int Letters { get; private set; }

        /// <summary>Letters that look like Latin ones and are none.</summary>
        public int Foreign { get; private set; }

        public readonly bool NeedsLatinText => _latin == 0 && _cyrillic + _greek > 0;

        public void Add(int codePoint, string looks)
        {
            Letters++;
            if (codePoint < 0x80)
            {
                _latin++;
                _latinWithoutCyrillic += CyrillicLatin.Contains((char)codePoint, StringComparison.Ordinal) ? 0 : 1;
                return;
            }

            Foreign += looks.Length > 0 ? 1 : 0;
            _foreignWithoutLatin += looks.Length == 0 && !Characters.IsLatin(codePoint) ? 1 : 0;
            _onlyCyrillic += codePoint is >= 0x430 and <= 0x44f && !Cyrillic.Contains((char)codePoint, StringComparison.Ordinal) ? 1 : 0;
            _cyrillic += codePoint is >= 0x400 and <= 0x52f ? 1 : 0;
            _greek += codePoint is >= 0x370 and <= 0x3ff ? 1 : 0;
        }

        public readonly Target ReadIn(bool latinText)
        {
            if (_latin == 0)
            {
                var ordinary = NeedsLatinText && (!latinText || Letters == MinLetters);
                return _foreignWithoutLatin > 0 || ordinary || Foreign < Letters ? Target.Same : Target.Latin;
            }

            if (_cyrillic > 0 && _latinWithoutCyrillic == 0 && (_cyrillic > _latin || _onlyCyrillic > 0))
            {
                return Target.Cyrillic;
            }

            // A Greek letter before a variable's name is mathematics.
            return _foreignWithoutLatin > 0 || (_greek > 0 && _latin < 2) ? Target.Same : Target.Latin;
        }
    }
}
