using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Runs the watchdog for as long as the node runs.</summary>
internal sealed class WatchdogService(ConsumerWatchdog watchdog) : INodeService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = Background.Run(() => watchdog.RunAsync(_stopping.Token));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();
}
