namespace PolicyGateway.Evaluation.Rendering;

/// <summary>Lines of a value each, with its interval, one below the other.</summary>
internal sealed class SvgBars(string id, string title, string description, Axis x)
{
    private const double Left = 190, Right = 26, Top = 8, Bottom = 48, Width = 640, Step = 24;

    private readonly List<Markup> _lines = [];
    private readonly List<(double At, string Text)> _guides = [];

    /// <summary>A bar with its name and its interval.</summary>
    public SvgBars Bar(string name, double value, double low, double high, int colour, string tip)
    {
        var y = Top + (_lines.Count * Step) + (Step / 2);
        _lines.Add(Markup.Of($"<g><title>{tip}</title><text x=\"{Left - 10}\" y=\"{y + 4:0.0}\" text-anchor=\"end\">{name}</text>")
            .Add($"<rect class=\"f{colour}\" x=\"{Left}\" y=\"{y - 7:0.0}\" width=\"{Math.Max(0.5, X(value) - Left):0.0}\" height=\"14\" rx=\"2\"/>")
            .Add($"<line class=\"interval\" x1=\"{X(low):0.0}\" y1=\"{y:0.0}\" x2=\"{X(high):0.0}\" y2=\"{y:0.0}\"/></g>\n"));
        return this;
    }

    /// <summary>Two values of one thing, joined: where it was and where it is.</summary>
    public SvgBars Move(string name, (double Was, double Is) first, (double Was, double Is)? second, string tip)
    {
        var y = Top + (_lines.Count * Step) + (Step / 2);
        var line = Markup.Of($"<g><title>{tip}</title><text x=\"{Left - 10}\" y=\"{y + 4:0.0}\" text-anchor=\"end\">{name}</text>");
        AddMove(line, first, y - (second is null ? 0 : 5), 1);
        if (second is { } other)
        {
            AddMove(line, other, y + 5, 2);
        }

        _lines.Add(line.Add($"</g>\n"));
        return this;
    }

    /// <summary>A vertical line across all bars.</summary>
    public SvgBars Guide(double at, string text)
    {
        _guides.Add((at, text));
        return this;
    }

    public Markup ToMarkup()
    {
        var height = Top + (_lines.Count * Step) + Bottom;
        var svg = Markup.Of($"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n");
        svg.Add($"<title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{description}</desc>\n");
        foreach (var (at, text) in x.Ticks)
        {
            svg.Add($"<line class=\"grid\" x1=\"{X(at):0.0}\" y1=\"{Top}\" x2=\"{X(at):0.0}\" y2=\"{height - Bottom}\"/>");
            svg.Add($"<text x=\"{X(at):0.0}\" y=\"{height - Bottom + 18}\" text-anchor=\"middle\">{text}</text>\n");
        }

        svg.Add($"<text class=\"axis\" x=\"{(Left + Width - Right) / 2}\" y=\"{height - 8}\" text-anchor=\"middle\">{x.Label}</text>\n");
        foreach (var line in _lines)
        {
            svg.Add(line);
        }

        foreach (var (at, text) in _guides)
        {
            svg.Add($"<line class=\"guide\" x1=\"{X(at):0.0}\" y1=\"{Top}\" x2=\"{X(at):0.0}\" y2=\"{height - Bottom}\"><title>{text}</title></line>\n");
        }

        return svg.Add($"</svg>\n");
    }

    private void AddMove(Markup line, (double Was, double Is) values, double y, int colour) => line
        .Add($"<line class=\"move s{colour}\" x1=\"{X(values.Was):0.0}\" y1=\"{y:0.0}\" x2=\"{X(values.Is):0.0}\" y2=\"{y:0.0}\"/>")
        .Add($"<circle class=\"was s{colour}\" cx=\"{X(values.Was):0.0}\" cy=\"{y:0.0}\" r=\"4\"/>")
        .Add($"<circle class=\"f{colour}\" cx=\"{X(values.Is):0.0}\" cy=\"{y:0.0}\" r=\"4\"/>");

    private double X(double value) => Left + (x.Place(value) * (Width - Left - Right));
}
