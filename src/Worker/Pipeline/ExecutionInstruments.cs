using System.Diagnostics.Metrics;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Worker.Running;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>The metrics of a worker, for all its queues.</summary>
internal sealed class ExecutionInstruments
{
    public ExecutionInstruments(TelemetryMeter meter, RunningTasks running, BrokerNames names)
    {
        Consumed = meter.CreateCounter("messaging.client.consumed.messages", "{message}", "Deliveries that were taken to be worked on.");
        ProcessDuration = meter.CreateHistogram("messaging.process.duration", "How long the runs of processors took.", TelemetryMeter.OperationTimes);
        Executed = meter.CreateCounter("brokerqueues.tasks.executed", "{task}", "Runs that have ended, by result; a task that is tried again is counted each time.");
        TimeInQueue = meter.CreateHistogram(
            "brokerqueues.tasks.time_in_queue", "From the publish of a task that was not delayed to the start of its first attempt.",
            [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400]);
        Retried = meter.CreateCounter("brokerqueues.tasks.retried", "{task}", "Runs after which a task runs again at once, in its place.");
        Requeued = meter.CreateCounter(
            "brokerqueues.tasks.requeued", "{task}", "Runs after which a task runs again later: through the delays, or held at the head of a sequential queue.");
        meter.Observe(
            "brokerqueues.tasks.running", "{task}", "Tasks that hold a slot: they run, are being settled, or wait at the head of a sequential queue to run again.",
            () => running.Count().Select(queue => new Measurement<long>(queue.Count, new KeyValuePair<string, object?>(TelemetryAttributes.Destination, names.Queue(queue.QueueId)))));
    }

    public GuardedCounter Consumed { get; }

    public GuardedHistogram ProcessDuration { get; }

    public GuardedCounter Executed { get; }

    public GuardedHistogram TimeInQueue { get; }

    public GuardedCounter Retried { get; }

    public GuardedCounter Requeued { get; }
}
