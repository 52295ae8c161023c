using System.Text.RegularExpressions;
using System.Xml.Linq;
using PolicyGateway.Evaluation.Rendering;

namespace PolicyGateway.Tests.Evaluation;

public sealed partial class HtmlReportTests : IDisposable
{
    private const string Hostile = "<script>alert(1)</script>\"'><img src=x onerror=a()>";

    private readonly TheRows _rows = new();

    public void Dispose() => _rows.Dispose();

    [Fact]
    public async Task Names_from_the_data_cannot_become_markup()
    {
        var page = await PageAsync(Hostile);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_needs_nothing_from_elsewhere_and_runs_nothing()
    {
        var page = await PageAsync("plain");

        Assert.DoesNotMatch(Outside(), page);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_plot_is_well_formed_and_says_what_it_shows()
    {
        var plots = Plot().Matches(await PageAsync(Hostile)).Select(match => XElement.Parse(match.Value)).ToArray();

        Assert.Equal(["roc", "frontier", "reliability", "reliability", "equity", "robustness", "time"], plots.Select(plot => plot.Attribute("aria-labelledby")!.Value.Split('-')[0]));
        Assert.All(plots, plot =>
        {
            Assert.NotEmpty(plot.Element("title")!.Value);
            Assert.NotEmpty(plot.Element("desc")!.Value);
            Assert.DoesNotContain(plot.Descendants().Attributes(), attribute => attribute.Value.Contains("NaN", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task What_is_opened_is_closed()
    {
        var page = (await PageAsync("plain")).Split("</head>")[1];
        var open = new Stack<string>(["html"]);
        foreach (Match tag in Tag().Matches(page))
        {
            if (tag.Groups["close"].Length == 0)
            {
                open.Push(tag.Groups["name"].Value);
            }
            else
            {
                Assert.Equal(open.Pop(), tag.Groups["name"].Value);
            }
        }

        Assert.Empty(open);
    }

    [Theory]
    [InlineData("benign")]
    [InlineData("prohibited")]
    public async Task Rows_of_one_class_alone_make_a_page_too(string severity)
    {
        var page = HtmlReport.Write(await _rows.EvaluateAsync([_rows.Row("0.5", severity)]));

        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    private async Task<string> PageAsync(string name) => HtmlReport.Write(await _rows.EvaluateAsync(
        [
            .. Enumerable.Range(0, 60).Select(i => _rows.Row(i % 4 == 0 ? "0.5" : "0.1", lang: name, source: name, topic: name)),
            .. Enumerable.Range(0, 60).Select(i => _rows.Row(i % 4 == 0 ? "0.2" : "0.8", "dual_use", name, name, categories: ["cyber"])),
        ],
        sample: 10));

    [GeneratedRegex(@"<script|<link|<iframe|@import|url\(|https?:|javascript:|\son\w+\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Plot();

    [GeneratedRegex("<(?<close>/?)(?<name>[a-z][a-z0-9]*)[^>]*?(?<!/)>")]
    private static partial Regex Tag();
}
