using BrokerQueues.Worker.Hosting;
using BrokerQueues.Worker.Running;

namespace BrokerQueues.Worker.Tests.Extending;

internal sealed class LongRunnersService(RunningTasks running, TimeProvider time, Action<RunningTask> tell) : INodeService
{
    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => Look(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }
    }

    private void Look()
    {
        foreach (RunningTask task in running.Snapshot().TakeWhile(task => task.Age > TimeSpan.FromHours(1)))
        {
            tell(task);
        }
    }
}
