using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using BrokerQueues.Broker.Telemetry;

namespace BrokerQueues.Broker.Tests.Telemetry;

public sealed class TaskActivitiesTests
{
    private static readonly AsyncLocal<bool> s_hostile = new();

    [Fact]
    public void A_listener_that_throws_as_it_is_asked_for_the_source_leaves_a_program_without_spans_and_no_more()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => s_hostile.Value && source.Name == BrokerQueuesTelemetry.ActivitySourceName ? throw new InvalidOperationException("from the listener") : false,
        };
        ActivitySource.AddActivityListener(listener);
        s_hostile.Value = true;

        // The source is made once in a process, so the assembly is loaded once more.
        Type activities = new AssemblyLoadContext("once more", isCollectible: true)
            .LoadFromAssemblyPath(typeof(TaskActivities).Assembly.Location).GetType(typeof(TaskActivities).FullName!, throwOnError: true)!;
        Assert.NotSame(typeof(TaskActivities), activities);

        Assert.Equal(false, activities.GetProperty(nameof(TaskActivities.HasListeners), BindingFlags.Public | BindingFlags.Static)!.GetValue(null));
        TagList none = default;
        Assert.Null(activities.GetMethod(nameof(TaskActivities.Start))!.Invoke(null, ["span", ActivityKind.Producer, default(ActivityContext), none, null]));
    }
}
