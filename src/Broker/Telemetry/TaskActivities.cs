using System.Diagnostics;
using BrokerQueues.Broker.Diagnostics;

namespace BrokerQueues.Broker.Telemetry;

/// <summary>
/// Where the spans come from. Listeners are the user's code, and are called as the source is made, as a span starts and as it ends: what they throw
/// is the caller's to guard, and changes nothing for the task. No span has the message of an exception: that may quote the payload.
/// </summary>
internal static class TaskActivities
{
    public const string SchemaUrl = $"https://opentelemetry.io/schemas/{BrokerQueuesTelemetry.SemanticConventionsVersion}";

    public static readonly string Version = typeof(TaskActivities).Assembly.GetName().Version!.ToString(3);

    private static readonly ActivitySource? s_source = Create();

    /// <summary>Whether anybody listens. Asked before anything is made that only a listener needs.</summary>
    public static bool HasListeners => s_source?.HasListeners() ?? false;

    /// <summary>Starts a span; null where nobody wants it. After an exception the current activity is the one of before.</summary>
    public static Activity? Start(string name, ActivityKind kind, ActivityContext parent, in TagList tags, IEnumerable<ActivityLink>? links = null)
    {
        Activity? before = Activity.Current;
        try
        {
            return s_source?.StartActivity(kind, parent, tags, links, name: name);
        }
        catch
        {
            // It is set before the listeners are told.
            Activity.Current = before;
            throw;
        }
    }

    /// <summary>Marks a span as failed.</summary>
    public static void SetError(Activity activity, string description, string errorType, Exception? error)
    {
        activity.SetTag(TelemetryAttributes.ErrorType, errorType);
        activity.SetStatus(ActivityStatusCode.Error, description);
        if (error is not null)
        {
            activity.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection
            {
                ["exception.type"] = errorType,
                ["exception.stacktrace"] = ExceptionText.StackOf(error),
            }));
        }
    }

    private static ActivitySource? Create()
    {
        try
        {
            return new ActivitySource(new ActivitySourceOptions(BrokerQueuesTelemetry.ActivitySourceName) { Version = Version, TelemetrySchemaUrl = SchemaUrl });
        }
#pragma warning disable CA1031 // A listener that throws as it is asked whether it wants this source: there are no spans then.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
