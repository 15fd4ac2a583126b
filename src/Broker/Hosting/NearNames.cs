namespace BrokerQueues.Broker.Hosting;

/// <summary>What somebody may have meant who wrote a name that does not exist.</summary>
internal static class NearNames
{
    private const int Shown = 20;

    /// <summary>A sentence that begins with "Did you mean", or else one that lists what there is.</summary>
    /// <param name="written">The name that does not exist.</param>
    /// <param name="names">Those that do.</param>
    /// <param name="what">What they are, for the list: "Its queues are".</param>
    public static string Suggest(string written, IEnumerable<string> names, string what)
    {
        string[] all = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string[] near = [.. all
            .Select(name => (Name: name, Distance: Distance(written, name)))
            .Where(candidate => candidate.Distance <= Math.Max(2, Math.Min(written.Length, candidate.Name.Length) / 3))
            .OrderBy(candidate => candidate.Distance)
            .Take(3)
            .Select(candidate => $"'{candidate.Name}'")];
        return
            near.Length > 0 ? $"Did you mean {string.Join(" or ", near)}?" :
            all.Length == 0 ? "There are none." :
            $"{what} {string.Join(", ", all.Take(Shown).Select(name => $"'{name}'"))}{(all.Length > Shown ? $" and {all.Length - Shown} more" : "")}.";
    }

    /// <summary>How many letters have to be changed, put in, left out or swapped with the next to make one of the other; upper and lower case are one.</summary>
    private static int Distance(string a, string b)
    {
        (a, b) = (a.ToUpperInvariant(), b.ToUpperInvariant());
        int[,] steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                int change = steps[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(change, 1 + Math.Min(steps[i - 1, j], steps[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[a.Length, b.Length];
    }
}
