namespace BrokerQueues.Worker.Hosting;

/// <summary>
/// A part of a node beside its queues: starts when all queues are consumed, in the order in which the parts are composed, and stops in the
/// opposite order before anything is closed.
/// </summary>
internal interface INodeService
{
    /// <summary>Starts; returns when it has.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Stops; returns when nothing of it runs any more. Called once, also where the start failed.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
