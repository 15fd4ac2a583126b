using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using BrokerQueues.Samples.DocumentVault.Importing;
using BrokerQueues.Samples.DocumentVault.Publishing;
using BrokerQueues.Samples.DocumentVault.Recording;

namespace BrokerQueues.Samples.DocumentVault;

/// <summary>Shows how far the work is, until all of it, or a given part, is done.</summary>
internal static class WatchCommand
{
    private const int BarWidth = 24;
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_betweenPlainLines = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var percent = new Option<int?>("--until-imports") { Description = "Ends once the import of so many per cent of the documents has begun. Default: when all work is done" };
        var patience = new Option<int>("--patience") { DefaultValueFactory = _ => 60, Description = "Gives up after so many seconds in which nothing was done" };
        var command = new Command("watch", "Shows the progress until the work is done.")
        {
            CommonOptions.Uri, CommonOptions.Prefix, CommonOptions.Vault, percent, patience,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using ParkingQueues parking = await ParkingQueues.ConnectAsync(
                arguments.GetRequiredValue(CommonOptions.Uri), arguments.GetValue(CommonOptions.Prefix)!, cancellationToken);
            var progress = new Progress(arguments.GetRequiredValue(CommonOptions.Vault), parking);
            Func<bool> isReached = arguments.GetValue(percent) is { } part
                ? () => progress.Begun * 100L >= progress.Total * (long)part
                : () => progress.Done >= progress.Total;
            return await WatchAsync(progress, isReached, TimeSpan.FromSeconds(arguments.GetValue(patience)), cancellationToken) ? 0 : 1;
        });
        return command;
    }

    private static async Task<bool> WatchAsync(Progress progress, Func<bool> isReached, TimeSpan patience, CancellationToken cancellationToken)
    {
        long lastChange = Stopwatch.GetTimestamp();
        long lastLine = 0;
        while (true)
        {
            bool changed = await progress.UpdateAsync(cancellationToken);
            lastChange = changed ? Stopwatch.GetTimestamp() : lastChange;
            bool reached = progress.Total > 0 && isReached();
            bool stuck = Stopwatch.GetElapsedTime(lastChange) > patience;

            if (!Console.IsOutputRedirected)
            {
                Console.Write($"\r  {Bar(progress)} {progress}\e[K");
            }
            else if (reached || stuck || Stopwatch.GetElapsedTime(lastLine) > s_betweenPlainLines)
            {
                Console.WriteLine($"  {progress}");
                lastLine = Stopwatch.GetTimestamp();
            }

            if (reached || stuck)
            {
                if (!Console.IsOutputRedirected)
                {
                    Console.WriteLine();
                }

                if (stuck)
                {
                    await Console.Error.WriteLineAsync($"Nothing was done for {patience.TotalSeconds:0} s.");
                }

                return reached;
            }

            await Task.Delay(s_poll, cancellationToken);
        }
    }

    private static string Bar(Progress progress)
    {
        int filled = progress.Total == 0 ? 0 : Math.Min(BarWidth, progress.Done * BarWidth / progress.Total);
        return $"[{new string('#', filled)}{new string('.', BarWidth - filled)}]";
    }

    /// <summary>How far the work is.</summary>
    private sealed class Progress(VaultFolder vault, ParkingQueues parking)
    {
        private readonly LineTail _ledger = new(vault.Ledger);
        private readonly Dictionary<string, LineTail> _journals = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, int> _imports = new(StringComparer.Ordinal);
        private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);
        private HashSet<string> _parked = new(StringComparer.Ordinal);
        private int _parkedCopies;

        /// <summary>How many tasks were published, counting repeats once; 0 until that is known.</summary>
        public int Total { get; private set; }

        /// <summary>How many have come to their end.</summary>
        public int Done => _recorded.Count + _parked.Count(task => !_recorded.Contains(task));

        /// <summary>How many imports have begun, on all nodes.</summary>
        public int Begun => _imports.Values.Sum();

        /// <returns>True where something was done since.</returns>
        public async Task<bool> UpdateAsync(CancellationToken cancellationToken)
        {
            int before = Done;
            if (Total == 0 && File.Exists(vault.Manifest))
            {
                Total = JsonLines.ReadAll<PublishedTask>(vault.Manifest).Count();
            }

            _recorded.UnionWith(_ledger.ReadNew().Select(line => LedgerProcessor.ImportIdOf(JsonLines.Read<LedgerEntry>(line).TaskId)));
            // Counted first, because to read them takes them out for a moment. A task may lie there twice: a node that is killed
            // after it has parked a task, and before it has acknowledged it, has it parked by another again.
            int copies = await parking.CountAsync(cancellationToken);
            if (copies != _parkedCopies)
            {
                _parked = [.. (await parking.ReadAsync(cancellationToken)).Select(task => task.TaskId)];
                _parkedCopies = copies;
            }

            CountImports();
            return Done != before;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Done}/{(Total == 0 ? "?" : Total)} done: {_recorded.Count} recorded, {_parked.Count} parked | imports {string.Join(", ", _imports.Select(node => $"{node.Key} {node.Value}"))}");

        private void CountImports()
        {
            foreach (string path in Directory.Exists(vault.Journals) ? Directory.GetFiles(vault.Journals) : [])
            {
                if (!_journals.TryGetValue(path, out LineTail? journal))
                {
                    _journals.Add(path, journal = new LineTail(path));
                }

                foreach (Execution execution in journal.ReadNew().Select(line => JsonLines.Read<Execution>(line)).Where(line => line.Queue == ImportProcessor.QueueId))
                {
                    _imports[execution.Node] = _imports.GetValueOrDefault(execution.Node) + 1;
                }
            }
        }
    }
}
