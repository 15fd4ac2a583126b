using Polly;
using Polly.Retry;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// The one way in which a thing is tried until it works: pauses that double from a first one to a longest one, with jitter, so that many nodes do
/// not come back in the same moment.
/// </summary>
internal static class Backoff
{
    /// <param name="first">About as long is the first pause.</param>
    /// <param name="longest">No pause is longer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="triesAgain">Whether what came out is followed by another attempt; with the number of those that failed before it.</param>
    /// <param name="pausing">Told before each pause what failed, if it was an exception, and how long it takes.</param>
    public static ResiliencePipeline<T> Create<T>(
        TimeSpan first, TimeSpan longest, TimeProvider time, Func<Outcome<T>, int, bool> triesAgain, Action<Exception?, TimeSpan> pausing) =>
        new ResiliencePipelineBuilder<T> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<T>
            {
                ShouldHandle = args => ValueTask.FromResult(triesAgain(args.Outcome, args.AttemptNumber)),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = first,
                MaxDelay = longest,
                OnRetry = args =>
                {
                    pausing(args.Outcome.Exception, args.RetryDelay);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
}
