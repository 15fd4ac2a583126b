using System.Text.RegularExpressions;

namespace BrokerQueues.Broker.Topology;

/// <summary>A permission that the broker found an account to lack.</summary>
/// <param name="Permission"><c>configure</c>, <c>write</c> or <c>read</c>.</param>
/// <param name="ObjectName">Kind and name, as <c>queue 'orders'</c>.</param>
/// <param name="Purpose">What it is needed for, as "to consume".</param>
public sealed partial record MissingPermission(string Permission, string ObjectName, string Purpose)
{
    /// <summary>The account, where the broker has named it.</summary>
    internal string? User { get; init; }

    /// <summary>
    /// Reads a 403. RabbitMQ 4 names the permission, 3.x does not: there it is the one that the operation needs on that object.
    /// </summary>
    /// <param name="replyText">The broker's text.</param>
    /// <param name="needed">The permission that was needed, where the text does not say.</param>
    /// <param name="purpose">What it is needed for.</param>
    internal static MissingPermission Of(string replyText, string needed, string purpose) => Of(replyText, _ => needed, purpose);

    /// <summary>A queue that dead-letters needs read on itself too when it is made, and write on the exchange it dead-letters to.</summary>
    internal static MissingPermission ToDeclare(string replyText) => Of(replyText, kind => kind == "queue" ? "configure or read" : "configure", "to declare it");

    /// <summary>A binding needs write on its destination and read on its source; of ours the source is always an exchange.</summary>
    internal static MissingPermission ToBind(string replyText) => Of(replyText, kind => kind == "queue" ? "write" : "read or write", "to bind it");

    private static MissingPermission Of(string replyText, Func<string, string> needed, string purpose)
    {
        Match match = Pattern().Match(replyText);
        if (!match.Success)
        {
            return new MissingPermission(needed(""), $"what the broker calls: {replyText}", purpose);
        }

        string kind = match.Groups["kind"].Value;
        string permission = match.Groups["permission"] is { Success: true } named ? named.Value : needed(kind);
        return new MissingPermission(permission, $"{kind} '{match.Groups["name"].Value}'", purpose) { User = match.Groups["user"].Value };
    }

    [GeneratedRegex(
        "((?<permission>configure|write|read) )?access to (?<kind>exchange|queue) '(?<name>.*)' in vhost '.*' refused for user '(?<user>.*)'$",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
