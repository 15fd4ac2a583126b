using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BrokerQueues.Broker.Hosting;

/// <summary>
/// Times as people write them. .NET reads "5" as five days, "00:05" as five minutes and "24:00:00" as 24 days: here it is hours, minutes and seconds, and days only
/// before a dot.
/// </summary>
internal static class TimeText
{
    /// <summary>How to write one.</summary>
    public const string Form = "hours, minutes and seconds, with days before a dot where needed, such as \"00:00:05\" or \"5.00:00:00\"";

    public static bool TryRead(string text, out TimeSpan time)
    {
        string trimmed = text.Trim();
        // The format of its own knows no days without a dot.
        return (trimmed.Count(letter => letter == ':') == 2 || trimmed == "0") & TimeSpan.TryParseExact(trimmed, "c", CultureInfo.InvariantCulture, out time);
    }

    /// <summary>What .NET would take it for; null where it is no time to .NET either.</summary>
    public static bool TryReadAsDotNet(string text, [NotNullWhen(true)] out string? meaning)
    {
        meaning = !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time) ? null
            : int.TryParse(text, CultureInfo.InvariantCulture, out int days) ? $"{days} days"
            : time.ToString("c", CultureInfo.InvariantCulture);
        return meaning is not null;
    }
}
