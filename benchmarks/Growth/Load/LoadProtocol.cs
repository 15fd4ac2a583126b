using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>What a worker process is asked to do.</summary>
internal enum LoadRequest
{
    /// <summary>Start a worker that consumes.</summary>
    Start,

    /// <summary>Say how many tasks have ended.</summary>
    Progress,

    /// <summary>Stop the worker and report.</summary>
    Stop,
}

/// <param name="Request">What to do.</param>
/// <param name="Place">Where; for <see cref="LoadRequest.Start"/>.</param>
/// <param name="Tasks">How many tasks there will be at most; for <see cref="LoadRequest.Start"/>.</param>
internal sealed record LoadQuestion(LoadRequest Request, Place? Place = null, int Tasks = 0);

/// <param name="Done">How many tasks have ended.</param>
/// <param name="Report">After <see cref="LoadRequest.Stop"/>.</param>
/// <param name="Usage">After <see cref="LoadRequest.Stop"/>: what the process used since the start.</param>
internal sealed record LoadAnswer(int Done, ExecutionReport? Report = null, Usage? Usage = null);
