using System.CommandLine;
using BrokerQueues.Samples.DocumentVault;
using BrokerQueues.Samples.DocumentVault.Publishing;
using BrokerQueues.Samples.DocumentVault.Verifying;

var root = new RootCommand("A vault that imports documents: hashes, reads and archives each, and keeps a hash-chained ledger and a catalogue on every node.")
{
    WorkerCommand.Create(),
    PublishCommand.Create(),
    WatchCommand.Create(),
    VerifyCommand.Create(),
    CleanCommand.Create(),
};

// The worker's host handles SIGTERM and SIGINT; the parser must not end the process before it.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
