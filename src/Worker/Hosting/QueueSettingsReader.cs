using System.Globalization;
using BrokerQueues.Broker.Hosting;
using BrokerQueues.Worker.Discovery;
using Microsoft.Extensions.Configuration;

namespace BrokerQueues.Worker.Hosting;

/// <summary>
/// Reads <see cref="WorkerOptions.Queues"/> from its section. Not by the binder: it passes over keys that it does not know, throws at the first value that it
/// cannot convert, and takes the part of a queue id behind a ':' for a key. Here the last part of a path is the setting, and all before it the id.
/// </summary>
internal sealed class QueueSettingsReader(WorkerOptions options)
{
    private static readonly string[] s_settings =
        [nameof(TaskQueueOptions.Enabled), nameof(TaskQueueOptions.MaxConcurrency), nameof(TaskQueueOptions.Prefetch), nameof(TaskQueueOptions.BroadcastFilter)];

    /// <summary>Those of the attribute that cannot differ from node to node.</summary>
    private static readonly string[] s_ofAttribute =
        [nameof(TaskQueueAttribute.Behavior), nameof(TaskQueueAttribute.DeliveryLimit), nameof(TaskQueueAttribute.RequeuePlacement), nameof(TaskQueueAttribute.OnFailure)];

    /// <summary>Reads the section; what is wrong goes to <see cref="WorkerOptions.SectionMistakes"/>.</summary>
    public void Read(IConfigurationSection section)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            Report($"{QueueSettings.Section} has a value of its own. Write queue ids into it: {Example("my.queue")}");
        }

        var entries = section.AsEnumerable(makePathsRelative: true).Where(entry => entry.Key.Length > 0).ToList();
        var inner = entries.Select(entry => ParentOf(entry.Key)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach ((string path, string? value) in entries.OrderBy(entry => entry.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (value is not null)
            {
                ReadValue(path, value);
            }
            else if (!inner.Contains(path) && !s_settings.Contains(NameOf(path), StringComparer.OrdinalIgnoreCase))
            {
                // A queue without any setting: its id may be misspelt all the same.
                Of(path);
            }
        }
    }

    private void ReadValue(string path, string value)
    {
        (string queueId, string name) = (ParentOf(path), NameOf(path));
        if (queueId.Length == 0)
        {
            Of(name);
            if (value.Length > 0)
            {
                Report($"{QueueSettings.PathOf(name)} has a value of its own. Write settings into it: {Example(name)}");
            }

            return;
        }

        TaskQueueOptions queue = Of(queueId);
        string where = $"{QueueSettings.PathOf(queueId)}:{name}";
        switch (name.ToUpperInvariant())
        {
            case "ENABLED" when bool.TryParse(value, out bool enabled):
                queue.Enabled = enabled;
                break;
            case "ENABLED":
                Report($"{where} is \"{value}\"; write true or false.");
                break;
            case "MAXCONCURRENCY":
                queue.MaxConcurrency = ReadNumber(where, value) ?? queue.MaxConcurrency;
                break;
            case "PREFETCH":
                queue.Prefetch = ReadNumber(where, value) ?? queue.Prefetch;
                break;
            case "BROADCASTFILTER":
                queue.BroadcastFilter = ReadFilter(where, value) ?? queue.BroadcastFilter;
                break;
            default:
                ReportUnknown(queueId, name, where);
                break;
        }
    }

    private void ReportUnknown(string queueId, string name, string where) => Report(
        s_ofAttribute.FirstOrDefault(property => property.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } ofAttribute
            ? $"{where}: {ofAttribute} is not set by configuration, since all nodes and the queue on the broker have to agree on it. Set it at the [TaskQueue] of '{queueId}'" +
                (ofAttribute == nameof(TaskQueueAttribute.DeliveryLimit) ? "; a policy on the broker (delivery-limit) can lower it." : ".")
            : $"{where}: a queue has no setting '{name}'. {NearNames.Suggest(name, s_settings, "Its settings are")}");

    private int? ReadNumber(string where, string value)
    {
        if (int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        Report($"{where} is \"{value}\"; write a whole number, such as 10.");
        return null;
    }

    /// <summary>By its name only: an enumeration's own reading takes any number.</summary>
    private BroadcastFilter? ReadFilter(string where, string value)
    {
        foreach (BroadcastFilter filter in Enum.GetValues<BroadcastFilter>())
        {
            if (filter.ToString().Equals(value, StringComparison.OrdinalIgnoreCase))
            {
                return filter;
            }
        }

        Report($"{where} is \"{value}\"; write {string.Join(" or ", Enum.GetNames<BroadcastFilter>())}.");
        return null;
    }

    private TaskQueueOptions Of(string queueId)
    {
        if (!options.Queues.TryGetValue(queueId, out TaskQueueOptions? queue))
        {
            options.Queues.Add(queueId, queue = new TaskQueueOptions());
        }

        return queue;
    }

    private void Report(string mistake) => options.SectionMistakes.Add(mistake);

    private static string Example(string queueId) => $"\"{queueId}\": {{ \"MaxConcurrency\": 10 }}.";

    private static string ParentOf(string path) => path.LastIndexOf(':') is >= 0 and var colon ? path[..colon] : "";

    private static string NameOf(string path) => path[(path.LastIndexOf(':') + 1)..];
}
