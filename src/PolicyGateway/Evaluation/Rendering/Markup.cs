using System.Globalization;
using System.Net;
using System.Text;

namespace PolicyGateway.Evaluation.Rendering;

/// <summary>
/// Markup under construction. Everything that is put in by <c>{...}</c> is escaped, whoever wrote it, unless it is markup
/// itself: there is no other way in, so that no name from the data can become an element or an attribute.
/// </summary>
internal sealed class Markup
{
    private readonly StringBuilder _text = new();

    public static Markup Of(FormattableString markup) => new Markup().Add(markup);

    public Markup Add(FormattableString markup)
    {
        _text.AppendFormat(Escaping.Instance, markup.Format, markup.GetArguments());
        return this;
    }

    public Markup Add(Markup markup)
    {
        _text.Append(markup._text);
        return this;
    }

    public override string ToString() => _text.ToString();

    private sealed class Escaping : IFormatProvider, ICustomFormatter
    {
        public static readonly Escaping Instance = new();

        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

        public string Format(string? format, object? arg, IFormatProvider? formatProvider) => arg switch
        {
            Markup markup => markup.ToString(),
            IFormattable value => WebUtility.HtmlEncode(value.ToString(format, CultureInfo.InvariantCulture)),
            _ => WebUtility.HtmlEncode(arg?.ToString() ?? ""),
        };
    }
}
