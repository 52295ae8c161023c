namespace PolicyGateway.Evaluation.Rendering;

/// <summary>A plot of lines and dots, as inline SVG with a title and a description for those who do not see it.</summary>
internal sealed class SvgPlot(string id, string title, string description, Axis x, Axis y)
{
    private const double Left = 64, Right = 18, Top = 14, Bottom = 52, Width = 640, Height = 380;

    private readonly Markup _marks = new();

    /// <summary>A line through the points, in the n-th colour of the page.</summary>
    public SvgPlot Line(IEnumerable<(double X, double Y)> points, int colour)
    {
        var path = string.Join(' ', points.Select(point => FormattableString.Invariant($"{X(point.X):0.0},{Y(point.Y):0.0}")));
        _marks.Add($"<polyline class=\"line s{colour}\" points=\"{path}\"/>\n");
        return this;
    }

    /// <summary>The line on which both axes say the same.</summary>
    public SvgPlot Diagonal()
    {
        _marks.Add($"<line class=\"guide\" x1=\"{X(x.Low):0.0}\" y1=\"{Y(y.Low):0.0}\" x2=\"{X(x.High):0.0}\" y2=\"{Y(y.High):0.0}\"/>\n");
        return this;
    }

    /// <summary>A dot with its vertical interval.</summary>
    public SvgPlot Dot(double at, double value, int colour, string tip, double? low = null, double? high = null)
    {
        if (low is { } from && high is { } to)
        {
            _marks.Add($"<line class=\"whisker s{colour}\" x1=\"{X(at):0.0}\" y1=\"{Y(from):0.0}\" x2=\"{X(at):0.0}\" y2=\"{Y(to):0.0}\"/>\n");
        }

        _marks.Add($"<circle class=\"dot f{colour}\" cx=\"{X(at):0.0}\" cy=\"{Y(value):0.0}\" r=\"3.5\"><title>{tip}</title></circle>\n");
        return this;
    }

    /// <summary>A dot with words beside it.</summary>
    public SvgPlot Note(double at, double value, int colour, string text)
    {
        // On the right half the words stand on the left of their dot, so that they stay in the picture.
        var before = X(at) > Width / 2;
        var anchor = before ? "end" : "start";
        _marks.Add($"<circle class=\"note f{colour}\" cx=\"{X(at):0.0}\" cy=\"{Y(value):0.0}\" r=\"5\"/>\n");
        _marks.Add($"<text class=\"strong\" x=\"{X(at) + (before ? -10 : 10):0.0}\" y=\"{Y(value) - 8:0.0}\" text-anchor=\"{anchor}\">{text}</text>\n");
        return this;
    }

    public Markup ToMarkup()
    {
        var svg = Markup.Of($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n");
        svg.Add($"<title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{description}</desc>\n");
        foreach (var (at, text) in x.Ticks)
        {
            svg.Add($"<line class=\"grid\" x1=\"{X(at):0.0}\" y1=\"{Top}\" x2=\"{X(at):0.0}\" y2=\"{Height - Bottom}\"/>");
            svg.Add($"<text x=\"{X(at):0.0}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{text}</text>\n");
        }

        foreach (var (at, text) in y.Ticks)
        {
            svg.Add($"<line class=\"grid\" x1=\"{Left}\" y1=\"{Y(at):0.0}\" x2=\"{Width - Right}\" y2=\"{Y(at):0.0}\"/>");
            svg.Add($"<text x=\"{Left - 8}\" y=\"{Y(at) + 4:0.0}\" text-anchor=\"end\">{text}</text>\n");
        }

        svg.Add($"<text class=\"axis\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{x.Label}</text>\n");
        svg.Add($"<text class=\"axis\" transform=\"translate(14 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{y.Label}</text>\n");
        return svg.Add(_marks).Add($"</svg>\n");
    }

    private double X(double value) => Left + (x.Place(value) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - (y.Place(value) * (Height - Top - Bottom));
}
