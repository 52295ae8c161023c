namespace PolicyGateway.Classification.Views;

/// <summary>What in a text is worth a closer look. A signal is no finding: each transform decides for itself.</summary>
[Flags]
internal enum Signals
{
    None = 0,
    NonAscii = 1,

    /// <summary>A digit or symbol between letters.</summary>
    Leetspeak = 2,

    /// <summary>Four letters in a row that stand alone.</summary>
    Spaced = 4,

    /// <summary>A symbol between letters that belongs in no word.</summary>
    Symbols = 8,

    /// <summary>Characters that begin an escape.</summary>
    Escapes = 16,

    /// <summary>A long token, or short ones of the same length, which may be base64, hex or binary.</summary>
    Packed = 32,

    /// <summary>Letters that follow each other as in no language.</summary>
    Implausible = 64,

    /// <summary>Letters that follow each other as in few texts; wherever <see cref="Implausible"/> is set, and further.</summary>
    Unusual = 128,

    /// <summary>A tenth of capitals, or more.</summary>
    Capitals = 256,

    /// <summary>One of these is set in every text that <see cref="Readability"/> could find unreadable.</summary>
    Doubtful = NonAscii | Unusual | Capitals,
}

/// <summary>
/// One pass over the text, without allocation, that spares ordinary text all the transforms.
/// 2,000 characters of English take less than 4 microseconds.
/// </summary>
internal static class TextScan
{
    /// <summary>Below the mean of any ordinary stretch, and above that of most ciphers, even reversed text.</summary>
    private const float Suspicious = -2.85f;

    /// <summary>
    /// Above what words of no language come to, where every second one stands beside a plain one; above that of most ciphers.
    /// </summary>
    private const float Unlikely = -2.6f;

    private const int FewestCapitals = 10;
    private const int StretchPairs = 32;
    private const int LongToken = 16;
    private const int ShortTokens = 8;
    private const int LoneLetters = 4;

    private static readonly byte[] Classes = Classify();

    private enum Class : byte
    {
        // 0 to 26 are letters, see Bigrams.
        Other = 27,
        Space,
        Digit,
        LeetSymbol,
        Symbol,
        Escape,
    }

    public static Signals Of(ReadOnlySpan<char> text)
    {
        var state = default(State);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var kind = c < 0x80 ? Classes[c] : state.AddNonAscii(c, i);
            if (kind >= (byte)Class.Other)
            {
                state.EndLetters();
                state.AddOther((Class)kind, text, i);
            }
            else if (c < 0x80)
            {
                i = state.AddLetters(text, i) - 1;
            }
            else
            {
                state.AddLetter(kind);
            }
        }

        state.EndLetters();
        state.EndToken(text, text.Length);
        return state.Signals | (FewestCapitals * state.Capitals >= text.Length ? Signals.Capitals : Signals.None);
    }

    private static byte[] Classify()
    {
        var classes = new byte[128];
        for (var c = '\0'; c < classes.Length; c++)
        {
            classes[c] = c switch
            {
                _ when char.IsAsciiLetter(c) => (byte)Bigrams.IndexOf(c),
                _ when char.IsAsciiDigit(c) => (byte)Class.Digit,
                _ when char.IsWhiteSpace(c) => (byte)Class.Space,
                '@' or '$' or '!' => (byte)Class.LeetSymbol,
                '*' or '~' or '^' or '`' or '|' => (byte)Class.Symbol,
                '%' or '&' or '\\' => (byte)Class.Escape,
                _ => (byte)Class.Other,
            };
        }

        return classes;
    }

    private ref struct State
    {
        private float _score;
        private int _pairs;
        private int _before;
        private int _letters;
        private int _lone;
        private int _tokenStart;
        private int _shortTokens;
        private bool _inWord;
        private Signals _pending;

        public Signals Signals { get; private set; }

        /// <summary>Capitals among the ASCII letters.</summary>
        public int Capitals { get; private set; }

        /// <summary>Adds the ASCII letters from <paramref name="start"/> on and returns their end. Most of the time is spent here, so it works on locals.</summary>
        public int AddLetters(ReadOnlySpan<char> text, int start)
        {
            var (score, before, capitals, i) = (_score, _before, 0, start);
            var classes = Classes;
            for (; i < text.Length && text[i] < 0x80; i++)
            {
                int letter = classes[text[i]];
                if (letter >= (int)Class.Other)
                {
                    break;
                }

                score += Bigrams.LogProbability(before, letter);
                before = letter;
                capitals += ~(text[i] >> 5) & 1;
            }

            Capitals += capitals;
            (_score, _before) = (score, before);
            _letters += i - start;
            _pairs += i - start;
            Signals |= _pending;
            _pending = Signals.None;
            return i;
        }

        /// <summary>Adds a letter beyond ASCII by its index; <see cref="Bigrams.Edge"/> for one that says nothing about the language.</summary>
        public void AddLetter(byte letter)
        {
            _letters++;
            Signals |= _pending;
            _pending = Signals.None;
            if (letter == Bigrams.Edge)
            {
                EndScore();
                return;
            }

            _score += Bigrams.LogProbability(_before, letter);
            _pairs++;
            _before = letter;
        }

        public byte AddNonAscii(char c, int at)
        {
            Signals |= Signals.NonAscii | (at - _tokenStart >= LongToken ? Signals.Packed : Signals.None);
            _tokenStart = at + 1; // nothing is packed in other characters than ASCII
            return c switch
            {
                _ when char.IsLetter(c) => (byte)Bigrams.IndexOf(c),
                _ when char.IsWhiteSpace(c) => (byte)Class.Space,
                '\u00b7' or '\u2022' => (byte)Class.Symbol,
                _ when char.IsSurrogate(c) || Characters.IsPicture(c) => (byte)Class.Symbol,
                _ => (byte)Class.Other,
            };
        }

        public void EndLetters()
        {
            if (_letters == 0)
            {
                return;
            }

            EndScore();
            _lone = _letters == 1 ? _lone + 1 : 0;
            Signals |= _lone >= LoneLetters ? Signals.Spaced : Signals.None;
            _letters = 0;
            _inWord = true;
        }

        public void AddOther(Class kind, ReadOnlySpan<char> text, int at)
        {
            switch (kind)
            {
                case Class.Space:
                    EndToken(text, at);
                    break;
                case Class.Digit or Class.LeetSymbol:
                    _pending |= _inWord || LeetWords.IsAttached(text, at) ? Signals.Leetspeak : Signals.None;
                    break;
                case Class.Symbol:
                    _pending |= _inWord ? Signals.Symbols : Signals.None;
                    break;
                case Class.Escape:
                    Signals |= Signals.Escapes;
                    break;
                default:
                    _pending = Signals.None;
                    Signals |= text[at] == '+' && at > 0 && text[at - 1] == 'U' ? Signals.Escapes : Signals.None;
                    break;
            }
        }

        public void EndToken(ReadOnlySpan<char> text, int at)
        {
            var length = at - _tokenStart;
            Signals |= length >= LongToken ? Signals.Packed : Signals.None;
            _shortTokens = length is 2 or 3 or 4 or 8 or 9 && char.IsAsciiDigit(text[_tokenStart]) ? _shortTokens + 1 : 0;
            Signals |= _shortTokens >= ShortTokens ? Signals.Packed : Signals.None;
            _tokenStart = at + 1;
            _inWord = false;
            _pending = Signals.None;
        }

        private void EndScore()
        {
            if (_before == Bigrams.Edge)
            {
                return;
            }

            _score += Bigrams.LogProbability(_before, Bigrams.Edge);
            _pairs++;
            _before = Bigrams.Edge;
            if (_pairs >= StretchPairs)
            {
                Signals |= _score < Suspicious * _pairs ? Signals.Implausible : Signals.None;
                Signals |= _score < Unlikely * _pairs ? Signals.Unusual : Signals.None;
                _score = 0;
                _pairs = 0;
            }
        }
    }
}
