using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Own;

/// <summary>Ten task types of one queue.</summary>
internal sealed class MixedProcessors(Executions executions)
{
    [TaskProcessor(OwnQueues.Mixed, nameof(Order0), TransactionMode = TransactionMode.Unsafe)]
    public Task Process0Async(ITaskProcessingJob<Order0> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order1), TransactionMode = TransactionMode.Unsafe)]
    public Task Process1Async(ITaskProcessingJob<Order1> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order2), TransactionMode = TransactionMode.Unsafe)]
    public Task Process2Async(ITaskProcessingJob<Order2> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order3), TransactionMode = TransactionMode.Unsafe)]
    public Task Process3Async(ITaskProcessingJob<Order3> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order4), TransactionMode = TransactionMode.Unsafe)]
    public Task Process4Async(ITaskProcessingJob<Order4> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order5), TransactionMode = TransactionMode.Unsafe)]
    public Task Process5Async(ITaskProcessingJob<Order5> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order6), TransactionMode = TransactionMode.Unsafe)]
    public Task Process6Async(ITaskProcessingJob<Order6> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order7), TransactionMode = TransactionMode.Unsafe)]
    public Task Process7Async(ITaskProcessingJob<Order7> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order8), TransactionMode = TransactionMode.Unsafe)]
    public Task Process8Async(ITaskProcessingJob<Order8> job) => executions.ExecuteAsync(job.Directive.SentAt);

    [TaskProcessor(OwnQueues.Mixed, nameof(Order9), TransactionMode = TransactionMode.Unsafe)]
    public Task Process9Async(ITaskProcessingJob<Order9> job) => executions.ExecuteAsync(job.Directive.SentAt);
}
