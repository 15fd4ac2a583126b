using System.Net;
using System.Text.RegularExpressions;

namespace BrokerQueues.Samples.DocumentVault.Importing;

/// <summary>Finds the title of a text while its lines go by: the first heading, or where there is none the first line that is not only rulers and brackets.</summary>
internal sealed partial class TitleFinder(DocumentKind kind)
{
    private const int MaxLength = 120;

    private string? _heading;
    private string? _firstLine;

    public string? Title => Clean(_heading ?? _firstLine);

    public void Look(string line)
    {
        if (_heading is not null)
        {
            return;
        }

        string visible = kind == DocumentKind.Html ? HtmlTag().Replace(line, "") : line;
        if (visible.Any(char.IsLetterOrDigit))
        {
            _firstLine ??= visible;
        }

        _heading = kind switch
        {
            DocumentKind.Markdown when line.StartsWith('#') => line.TrimStart('#'),
            DocumentKind.Html when HtmlHeading().Match(line) is { Success: true } match => WebUtility.HtmlDecode(match.Groups["text"].Value),
            // .TH LS 1 "May 2026": the name and the section of a manual page.
            DocumentKind.ManualPage when line.StartsWith(".TH ", StringComparison.Ordinal) => line[4..],
            _ => null,
        };
    }

    private static string? Clean(string? title)
    {
        if (title is null)
        {
            return null;
        }

        string text = string.Concat(title.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }

    [GeneratedRegex("<(title|h1)[^>]*>(?<text>[^<]+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HtmlHeading();

    [GeneratedRegex("<[^>]*>?", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HtmlTag();
}
