using System.Text.RegularExpressions;

namespace BrokerQueues.Broker.Topology;

/// <summary>The permissions that a worker needs for its queues, as the command that grants them.</summary>
internal static partial class AccountPermissions
{
    /// <summary>What an operator does about permissions that are missing.</summary>
    public static string Advice(string virtualHost, string? user, IReadOnlyList<MissingPermission> missing, IReadOnlyList<DeclaredObject> objects, bool mayDeclare)
    {
        string command = "All that this program needs (configure, write, read; the command replaces what the account has in this virtual host):" + Environment.NewLine +
            "  " + Command(virtualHost, user, objects, mayDeclare);
        return mayDeclare && missing.Any(one => one.Permission.StartsWith("configure", StringComparison.Ordinal))
            ? "Grant it, or have the exchanges and queues declared by another account and set DeclareTopology to false." + Environment.NewLine + command
            : command;
    }

    /// <param name="virtualHost">The virtual host.</param>
    /// <param name="user">The account; null where it is not known.</param>
    /// <param name="objects">All that the worker declares or looks for.</param>
    /// <param name="mayDeclare">Whether it declares what all nodes share.</param>
    public static string Command(string virtualHost, string? user, IReadOnlyList<DeclaredObject> objects, bool mayDeclare)
    {
        string[] names = [.. objects.Select(declared => declared.Name).Distinct(StringComparer.Ordinal)];
        string all = Pattern(names);
        string own = Pattern([.. objects.Where(declared => declared.IsOfNode).Select(declared => declared.Name).Distinct(StringComparer.Ordinal)]);
        string written = Pattern([.. objects.Where(declared => declared.IsOfNode || declared.IsWrittenTo).Select(declared => declared.Name).Distinct(StringComparer.Ordinal)]);
        (string configure, string write) = mayDeclare ? (all, all) : (own, written);
        return $"rabbitmqctl set_permissions -p {ForShell(virtualHost)} {ForShell(user ?? "USER")} {ForShell(configure)} {ForShell(write)} {ForShell(all)}";
    }

    private static string ForShell(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Matches these names; numbered ones together, and a node's own queue for every node.</summary>
    private static string Pattern(string[] names) => names.Length == 0
        ? "^$"
        : $"^({string.Join('|', names.Select(Generalized).Distinct(StringComparer.Ordinal))})$";

    private static string Generalized(string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        return at >= 0
            ? Escaped(name[..at]) + "@.*"
            : DelayLevelNumber().Replace(Escaped(name), @"bq\.delay\.[0-9]+");
    }

    /// <summary>For the broker's regular expressions: .NET escapes a blank and '#' too, which these take for an escape of their own.</summary>
    private static string Escaped(string name) => Regex.Escape(name).Replace("\\ ", " ", StringComparison.Ordinal).Replace("\\#", "#", StringComparison.Ordinal);

    [GeneratedRegex(@"bq\\\.delay\\\.[0-9]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DelayLevelNumber();
}
