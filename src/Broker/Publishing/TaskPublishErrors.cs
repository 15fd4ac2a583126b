using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Publishing;

/// <summary>What the failure of a message means to whoever added the task: which task and queue, and what to do.</summary>
internal sealed class TaskPublishErrors(BrokerNames names, IOptions<BrokerQueuesOptions> options)
{
    private readonly TimeSpan _timeout = options.Value.PublishTimeout;

    /// <summary>The exception for the caller.</summary>
    public TaskPublishException Translate(PublishFailedException failed, TaskId id, string queueId) => failed.Failure switch
    {
        PublishFailure.ExchangeMissing => new TaskQueueNotFoundException(id, queueId),
        PublishFailure.Unroutable or PublishFailure.BindingMissing => Unroutable(failed, id, queueId),
        PublishFailure.Nacked => new TaskQueueFullException(id, queueId),
        PublishFailure.Unconfirmed => new BrokerUnavailableException(id, queueId, _timeout, failed.Reason, failed.MayHaveArrived),
        PublishFailure.Blocked => new BrokerBlockedException(id, queueId, _timeout, failed.Reason, failed.MayHaveArrived),
        PublishFailure.Disposed => new TaskPublishException(
            id, queueId,
            $"Task {id} for queue '{queueId}' was not confirmed: the program is shutting down. " +
            (failed.MayHaveArrived
                ? "It may have arrived all the same. Publish it again under the same id (AddTaskOptions.TaskId), by which its processor can tell that it has run."
                : "It was never sent. Publish it again."))
        {
            MayHaveArrived = failed.MayHaveArrived,
        },
        PublishFailure.Unwritable => new TaskPublishException(
            id, queueId, $"Task {id} for queue '{queueId}' cannot be written as a message: {failed.Reason}", failed.InnerException),
        _ => new TaskPublishException(id, queueId, $"Task {id} for queue '{queueId}' was refused by the broker: {failed.Reason}.", failed.InnerException),
    };

    private TaskQueueNotFoundException Unroutable(PublishFailedException failed, TaskId id, string queueId)
    {
        if (failed.Exchange != names.Queue(queueId))
        {
            return new TaskQueueNotFoundException(
                id, queueId, $"no queue for delays is bound to exchange '{failed.Exchange}'. Start or restart a worker: it declares and binds them at its start.");
        }

        return failed.Failure == PublishFailure.BindingMissing
            ? new TaskQueueNotFoundException(
                id, queueId,
                $"queue '{failed.RoutingKey}' stands on the broker, but has no binding to exchange '{failed.Exchange}' with routing key '{failed.RoutingKey}', " +
                "as where it was made again by hand. Bind it so (management UI: the queue's page, 'Add binding to this queue'), or restart a worker of this queue, which binds it at its start.")
            : new TaskQueueNotFoundException(id, queueId);
    }
}
