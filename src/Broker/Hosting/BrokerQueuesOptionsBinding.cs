using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Hosting;

/// <summary>
/// Binds the options to their section. The URI is read apart: the binder quotes a value that it cannot convert, and with a URI that is the
/// password. And hosts may stand in one text, which the binder would pass over without a word.
/// </summary>
internal sealed class BrokerQueuesOptionsBinding(IConfigurationSection section) : IConfigureOptions<BrokerQueuesOptions>
{
    public void Configure(BrokerQueuesOptions options)
    {
        ConfigurationBinder.Bind(
            new ConfigurationBuilder()
                .AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true).Where(entry => entry.Key.Length > 0 && !IsReadApart(entry)))
                .Build(),
            options);
        if (section[nameof(options.Uri)] is { } uri)
        {
            // What is no URI is told by the validator, which does not quote it.
            options.Uri = Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) ? parsed : null!;
        }

        if (section[nameof(options.Hosts)] is { } hosts)
        {
            options.Hosts = [.. hosts.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        }
    }

    private static bool IsReadApart(KeyValuePair<string, string?> entry) =>
        entry.Key.Equals(nameof(BrokerQueuesOptions.Uri), StringComparison.OrdinalIgnoreCase) ||
        entry.Key.Equals(nameof(BrokerQueuesOptions.Hosts), StringComparison.OrdinalIgnoreCase);
}
