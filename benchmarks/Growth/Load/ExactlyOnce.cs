using System.Diagnostics;
using BrokerQueues.Benchmarks.Growth.Traces;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>A figure counts only where every task was executed, and once. No connection is lost in a run, so none may come twice.</summary>
internal static class ExactlyOnce
{
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    /// <exception cref="TasksMiscountedException">A task was not executed, or more than once.</exception>
    public static void Check(int tasks, IReadOnlyList<ExecutionReport> reports)
    {
        int never = 0, again = 0;
        for (int seq = 0; seq < tasks; seq++)
        {
            int executions = reports.Sum(report => report.Executions[seq]);
            never += executions == 0 ? 1 : 0;
            again += executions > 1 ? 1 : 0;
        }

        if (never > 0 || again > 0)
        {
            throw new TasksMiscountedException($"Of {tasks:N0} tasks, {never:N0} were not executed and {again:N0} more than once.");
        }
    }

    /// <exception cref="TasksMiscountedException">Tasks wait, or are parked.</exception>
    public static async Task CheckNothingIsLeftAsync(Place place)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = place.Broker }.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        foreach (string queue in RunTraces.QueuesOf(place.Prefix + LoadProcessors.QueueId))
        {
            uint left;
            long began = Stopwatch.GetTimestamp();
            // The last acknowledgements may still be on their way through the queue's log.
            while ((left = await channel.MessageCountAsync(queue)) > 0 && Stopwatch.GetElapsedTime(began) < s_settling)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }

            if (left > 0)
            {
                throw new TasksMiscountedException($"All tasks were executed, and {left:N0} are still in {queue}.");
            }
        }
    }
}

/// <summary>A task was lost or executed twice.</summary>
internal sealed class TasksMiscountedException(string message) : Exception(message);
