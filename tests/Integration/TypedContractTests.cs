using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>A record as payload and a task type that says queue, name and payload once: published and read.</summary>
public sealed class TypedContractTests : BrokerTest
{
    [Fact]
    public async Task A_record_arrives_at_its_processor_by_its_task_type_one_many_and_with_an_empty_body()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<Order>();
        await StartNodeAsync(
            new Script("typed"), _ => { }, worker => worker.AddProcessorsFrom<ContractProcessors>(), services => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(services, seen));

        var sent = new Order(1, "é", [new Line("a", 1.50m)]);
        await Tasks.AddTaskAsync(ContractProcessors.Place, sent);
        await Tasks.AddTasksAsync(ContractProcessors.Place, [sent with { Id = 2 }, sent with { Id = 3, Priority = 9 }]);
        await Tasks.AddTaskAsync(ContractProcessors.Place);

        await Eventually.TrueAsync(() => seen.Count == 4, "all four to run");
        Assert.Equal([(0, null, 5), (1, "é", 5), (2, "é", 5), (3, "é", 9)], seen.OrderBy(order => order.Id).Select(order => (order.Id, order.Name, order.Priority)));
        Assert.All(seen.Where(order => order.Id > 0), order => Assert.Equal([new Line("a", 1.50m)], order.Lines));
    }

    public sealed record Line(string Product, decimal Price);

    public sealed record Order(int Id, string? Name, IReadOnlyList<Line> Lines, int Priority = 5) : ITaskDirective;

    internal sealed class ContractProcessors(System.Collections.Concurrent.ConcurrentQueue<Order> seen)
    {
        [TaskQueue]
        public const string QueueId = "contracts";

        public static readonly TaskType<Order> Place = new(QueueId, "Place");

        [TaskProcessor(QueueId, "Place")]
        public async Task PlaceAsync(ITaskProcessingJob<Order> job, CancellationToken cancellationToken)
        {
            seen.Enqueue(job.Directive);
            await job.CommitAsync(cancellationToken);
        }
    }
}
