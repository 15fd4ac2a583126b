namespace BrokerQueues.Broker.Publishing;

/// <summary>The task whose processor is running here, so that the tasks it adds name it as their cause.</summary>
internal static class ExecutingTask
{
    private static readonly AsyncLocal<string?> s_id = new();

    public static string? Id
    {
        get => s_id.Value;
        set => s_id.Value = value;
    }
}
