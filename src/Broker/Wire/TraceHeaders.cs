using System.Diagnostics;

namespace BrokerQueues.Broker.Wire;

/// <summary>The W3C trace context of a message: the span that made it, in two headers.</summary>
internal static class TraceHeaders
{
    /// <summary>Writes the context of a span, in the place of any other; one that is not W3C's is not written.</summary>
    public static void Write(Dictionary<string, object?> headers, Activity activity)
    {
        if (activity is not { IdFormat: ActivityIdFormat.W3C, Id: { } traceParent })
        {
            return;
        }

        headers[TaskHeaders.TraceParent] = traceParent;
        if (string.IsNullOrEmpty(activity.TraceStateString))
        {
            headers.Remove(TaskHeaders.TraceState);
        }
        else
        {
            headers[TaskHeaders.TraceState] = activity.TraceStateString;
        }
    }
}
