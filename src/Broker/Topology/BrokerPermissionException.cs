using System.Globalization;
using System.Text;

namespace BrokerQueues.Broker.Topology;

/// <summary>The account may not do on the broker what this program needs.</summary>
public sealed class BrokerPermissionException : InvalidOperationException
{
    private const int Told = 10;

    /// <summary>Makes the exception.</summary>
    /// <param name="missing">What the account lacks.</param>
    /// <param name="advice">What to do.</param>
    /// <param name="innerException">What the broker or the client said; null for nothing.</param>
    public BrokerPermissionException(IReadOnlyList<MissingPermission> missing, string advice, Exception? innerException = null)
        : base(Describe(missing, advice), innerException) => Missing = missing;

    /// <summary>What the account lacks, as far as the broker has said.</summary>
    public IReadOnlyList<MissingPermission> Missing { get; }

    private static string Describe(IReadOnlyList<MissingPermission> missing, string advice)
    {
        ArgumentNullException.ThrowIfNull(missing);
        var text = new StringBuilder().AppendLine("The broker does not let this account do what the program needs. It lacks the permission");
        foreach (MissingPermission one in missing.Take(Told))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  '{one.Permission}' on {one.ObjectName}, {one.Purpose}");
        }

        if (missing.Count > Told)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {missing.Count - Told} more");
        }

        return text.Append(advice).ToString();
    }
}
