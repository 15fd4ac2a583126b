using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Own;

// A class per queue: a node consumes the queues of all classes it is given.
internal sealed class At1Processors(Executions executions)
{
    [TaskProcessor(OwnQueues.At1, nameof(Order), TransactionMode = TransactionMode.Unsafe)]
    public Task ProcessAsync(ITaskProcessingJob<Order> job) => executions.ExecuteAsync(job.Directive.SentAt);
}

internal sealed class At10Processors(Executions executions)
{
    [TaskProcessor(OwnQueues.At10, nameof(Order), TransactionMode = TransactionMode.Unsafe)]
    public Task ProcessAsync(ITaskProcessingJob<Order> job) => executions.ExecuteAsync(job.Directive.SentAt);
}

internal sealed class At16Processors(Executions executions)
{
    [TaskProcessor(OwnQueues.At16, nameof(Order), TransactionMode = TransactionMode.Unsafe)]
    public Task ProcessAsync(ITaskProcessingJob<Order> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.At16, nameof(SmallOrder), TransactionMode = TransactionMode.Unsafe)]
    public Task ProcessSmallAsync(ITaskProcessingJob<SmallOrder> job) => executions.ExecuteAsync(job.Directive.Number);
}

internal sealed class At200Processors(Executions executions)
{
    [TaskProcessor(OwnQueues.At200, nameof(Order), TransactionMode = TransactionMode.Unsafe)]
    public Task ProcessAsync(ITaskProcessingJob<Order> job) => executions.ExecuteAsync(job.Directive.SentAt);
}

internal sealed class DefaultsProcessors(Executions executions)
{
    [TaskProcessor(OwnQueues.Defaults, nameof(Order))]
    public async Task ProcessAsync(ITaskProcessingJob<Order> job)
    {
        await executions.ExecuteAsync(job.Directive.SentAt);
        await job.CommitAsync();
    }
}

internal sealed class Sequential1Processors(Executions executions)
{
    [TaskProcessor(OwnQueues.Sequential1, nameof(Order), TransactionMode = TransactionMode.Unsafe)]
    public Task ProcessAsync(ITaskProcessingJob<Order> job) => executions.ExecuteAsync(job.Directive.SentAt);
}

internal sealed class Sequential200Processors(Executions executions)
{
    [TaskProcessor(OwnQueues.Sequential200, nameof(Order), TransactionMode = TransactionMode.Unsafe)]
    public Task ProcessAsync(ITaskProcessingJob<Order> job) => executions.ExecuteAsync(job.Directive.SentAt);
}
