using System.CommandLine;

namespace BrokerQueues.Samples.DocumentVault;

/// <summary>The options that several sub-commands share.</summary>
internal static class CommonOptions
{
    public static readonly Option<Uri> Uri = new("--uri")
    {
        Required = true,
        CustomParser = result => new Uri(result.Tokens[0].Value),
        Description = "The broker, as amqp://user:password@host:5672/vhost",
    };

    public static readonly Option<string> Prefix = new("--prefix")
    {
        DefaultValueFactory = _ => "",
        Description = "Put before every name on the broker, so that runs do not see each other",
    };

    public static readonly Option<VaultFolder> Vault = new("--vault")
    {
        Required = true,
        CustomParser = result => new VaultFolder(Path.GetFullPath(result.Tokens[0].Value)),
        Description = "The folder that all nodes share: archive, ledger, journals and the status of each node",
    };
}
