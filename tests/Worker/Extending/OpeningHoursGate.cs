using BrokerQueues.Broker.Consuming;
using BrokerQueues.Worker.Running;

namespace BrokerQueues.Worker.Tests.Extending;

internal sealed class OpeningHoursGate(TimeOnly opens, TimeOnly closes, TimeProvider time) : IQueueGate
{
    public QueueHold? Hold => IsOpen ? null : new QueueHold(TaskQueueState.NotConsuming, time.GetUtcNow(), $"it is consumed from {opens} to {closes} UTC");

    private bool IsOpen => TimeOnly.FromTimeSpan(time.GetUtcNow().TimeOfDay).IsBetween(opens, closes);

    public async Task WhenOpenAsync(Action closed, CancellationToken cancellationToken)
    {
        while (!IsOpen)
        {
            closed();
            await Task.Delay(TimeSpan.FromMinutes(1), time, cancellationToken);
        }
    }

    public ValueTask<GateAnswer> MayStartAsync(ConsumerSession session, CancellationToken stopping) =>
        new(IsOpen ? GateAnswer.Open : GateAnswer.Closed);

    public bool ClosesAsTaskIsParked() => false;
}
