using System.Globalization;
using System.Security;
using System.Text;

namespace BrokerQueues.Benchmarks.Growth.Report;

/// <summary>A line of a panel.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>One small diagram.</summary>
/// <param name="LogX">Whether sizes grow by factors: then each size has its tick, at its logarithm.</param>
internal sealed record Panel(string Title, string LabelX, string LabelY, bool LogX, IReadOnlyList<Series> Series);

/// <summary>Panels side by side, two in a row, as one SVG. It has a light ground of its own, so it can be read on a dark page as well.</summary>
internal sealed class SvgChart(string title, IReadOnlyList<Panel> panels)
{
    private const double PanelWidth = 460, PanelHeight = 300, Header = 44;
    private const double Left = 66, Right = 18, Top = 58, Bottom = 48;
    private const double PlotWidth = PanelWidth - Left - Right, PlotHeight = PanelHeight - Top - Bottom;

    // Told apart by lightness too, for those who do not see the hues.
    private static readonly string[] s_colours = ["#0b5cad", "#d9480f", "#2b8a3e", "#862e9c"];

    private readonly StringBuilder _svg = new();

    public string Draw()
    {
        double width = PanelWidth * Math.Min(2, panels.Count), height = Header + (PanelHeight * ((panels.Count + 1) / 2));
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"system-ui, 'DejaVu Sans', Verdana, sans-serif\" font-size=\"12\" fill=\"#212529\">");
        Line($"<rect x=\"0.5\" y=\"0.5\" width=\"{width - 1}\" height=\"{height - 1}\" rx=\"6\" fill=\"#ffffff\" stroke=\"#adb5bd\"/>");
        Text(width / 2, 28, title, "middle", "font-size=\"16\" font-weight=\"bold\"");
        for (int index = 0; index < panels.Count; index++)
        {
            Line($"<g transform=\"translate({PanelWidth * (index % 2)} {Header + (PanelHeight * (index / 2))})\">");
            Draw(panels[index]);
            Line($"</g>");
        }

        Line($"</svg>");
        return _svg.ToString();
    }

    private void Draw(Panel panel)
    {
        List<(double X, double Y)> points = [.. panel.Series.SelectMany(series => series.Points)];
        double stepY = Step(points.Max(point => point.Y) / 5), maxY = Math.Ceiling(points.Max(point => point.Y) / stepY) * stepY;
        double[] xs = [.. points.Select(point => point.X).Distinct().Order()];
        double stepX = Step((xs[^1] - xs[0]) / 6);
        double[] ticks = panel.LogX ? xs : [.. Steps(Math.Floor(xs[0] / stepX) * stepX, xs[^1] + (stepX * 0.999), stepX)];
        double from = ScaleX(ticks[0]), to = ScaleX(ticks[^1]);

        Text(Left, 20, panel.Title, "start", "font-size=\"13\" font-weight=\"bold\"");
        foreach (double y in Steps(0, maxY, stepY))
        {
            Line($"<path d=\"M{Left} {Y(y):0.#}h{PlotWidth}\" stroke=\"{(y == 0 ? "#495057" : "#dee2e6")}\"/>");
            Text(Left - 6, Y(y) + 4, Short(y), "end");
        }

        foreach (double x in ticks)
        {
            Line($"<path d=\"M{X(x):0.#} {Top + PlotHeight}v5\" stroke=\"#495057\"/>");
            Text(X(x), Top + PlotHeight + 18, Short(x), "middle");
        }

        Text(Left + (PlotWidth / 2), PanelHeight - 10, panel.LabelX, "middle");
        Text(0, 0, panel.LabelY, "middle", $"transform=\"translate(16 {Top + (PlotHeight / 2)}) rotate(-90)\"");
        double legend = Left;
        foreach ((Series series, string colour) in panel.Series.Zip(s_colours))
        {
            Line($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', series.Points.Select(point => FormattableString.Invariant($"{X(point.X):0.#},{Y(point.Y):0.#}")))}\"/>");
            foreach ((double x, double y) in series.Points)
            {
                Line($"<circle cx=\"{X(x):0.#}\" cy=\"{Y(y):0.#}\" r=\"3\" fill=\"{colour}\"/>");
            }

            Line($"<path d=\"M{legend} 38h16\" stroke=\"{colour}\" stroke-width=\"3\"/>");
            Text(legend + 21, 42, series.Name, "start");
            legend += 35 + (series.Name.Length * 6.6);
        }

        double ScaleX(double x) => panel.LogX ? Math.Log10(x) : x;
        double X(double x) => Left + (to > from ? (ScaleX(x) - from) / (to - from) * PlotWidth : PlotWidth / 2);
        double Y(double y) => Top + (PlotHeight * (1 - (y / maxY)));
    }

    private void Text(double x, double y, string text, string anchor, string more = "") =>
        Line($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" {more}>{SecurityElement.Escape(text)}</text>");

    private void Line(FormattableString line) => _svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>The next of 1, 2, 5, 10, 20, 50 ... that is not smaller.</summary>
    private static double Step(double atLeast)
    {
        if (atLeast <= 0)
        {
            return 1;
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(atLeast)));
        return power * (atLeast / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }

    private static IEnumerable<double> Steps(double from, double to, double step)
    {
        for (int index = 0; from + (index * step) <= to + (step / 1000); index++)
        {
            yield return from + (index * step);
        }
    }

    private static string Short(double value) => Math.Abs(value) switch
    {
        >= 1_000_000 => $"{value / 1_000_000:0.##}M",
        >= 1_000 => $"{value / 1_000:0.##}k",
        _ => $"{value:0.##}",
    };
}
