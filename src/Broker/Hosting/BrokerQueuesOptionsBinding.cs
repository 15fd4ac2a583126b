using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Hosting;

/// <summary>Reads the options from their section. What is wrong there is told by the validator, with all else that is.</summary>
internal sealed class BrokerQueuesOptionsBinding(IConfigurationSection section) : IConfigureOptions<BrokerQueuesOptions>
{
    /// <summary>The sections inside ours that packages beside this one read. A program that only publishes may share a configuration with workers.</summary>
    private static readonly string[] s_ofOthers = ["Worker"];

    public void Configure(BrokerQueuesOptions options)
    {
        string tls = $"{section.Path}:{nameof(options.Tls)}";
        var reader = new OptionsReader(options.SectionMistakes, (typeof(TlsOptions), tls));
        reader.Read(section, options, [nameof(options.Uri), nameof(options.Hosts), nameof(options.Tls), .. s_ofOthers]);
        options.Tls ??= new TlsOptions();
        new OptionsReader(options.SectionMistakes, (typeof(BrokerQueuesOptions), section.Path)).Read(section.GetSection(nameof(options.Tls)), options.Tls);
        ReadUri(reader, options);
        ReadHosts(reader, options);
    }

    private void ReadUri(OptionsReader reader, BrokerQueuesOptions options)
    {
        if (reader.ReadText(section.GetSection(nameof(options.Uri))) is { } uri)
        {
            // What is no URI is told by the validator, which does not quote it.
            options.Uri = Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) ? parsed : null!;
        }
    }

    /// <summary>As a list, or as one text with commas.</summary>
    private void ReadHosts(OptionsReader reader, BrokerQueuesOptions options)
    {
        IConfigurationSection hosts = section.GetSection(nameof(options.Hosts));
        if (!string.IsNullOrEmpty(hosts.Value))
        {
            options.Hosts = [.. hosts.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        }
        else if (hosts.GetChildren().ToList() is { Count: > 0 } entries)
        {
            options.Hosts = [.. entries.Select(entry => reader.ReadText(entry) ?? "")];
        }
    }
}
