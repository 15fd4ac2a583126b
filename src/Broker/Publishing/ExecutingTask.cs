using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Broker.Publishing;

/// <summary>The task whose processor is running here, so that the tasks it adds name it as their cause, and have its initiator.</summary>
internal static class ExecutingTask
{
    private static readonly AsyncLocal<TaskMessage?> s_current = new();

    public static TaskMessage? Current
    {
        get => s_current.Value;
        set => s_current.Value = value;
    }
}
