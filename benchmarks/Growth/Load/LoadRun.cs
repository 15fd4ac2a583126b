using System.Diagnostics;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>Worker processes that work off tasks together.</summary>
internal sealed class LoadRun : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    /// <summary>A task that comes a second time comes after the last, so there is a moment for it.</summary>
    private static readonly TimeSpan s_afterwards = TimeSpan.FromMilliseconds(300);

    private readonly Place _place;
    private readonly List<MeasuredProcess> _workers;

    public LoadRun(Place place, int processes)
    {
        _place = place;
        _workers = [.. Enumerable.Range(1, processes).Select(number => MeasuredProcess.Start($"worker {number}", LoadWorker.Command))];
    }

    /// <summary>Lets a worker declare the topology and go, so that there is a queue to fill.</summary>
    public async Task DeclareAsync()
    {
        await _workers[0].AskAsync<LoadAnswer>(new LoadQuestion(LoadRequest.Start, _place), s_limit);
        await _workers[0].AskAsync<LoadAnswer>(new LoadQuestion(LoadRequest.Stop), s_limit);
    }

    /// <summary>Works off a backlog.</summary>
    public async Task<LoadOutcome> ConsumeAsync(int processes, int tasks, CancellationToken cancellationToken)
    {
        await StartAsync(processes, tasks);
        await WaitAsync(processes, tasks, TimeSpan.FromSeconds(30), cancellationToken);
        return await StopAsync(processes, tasks);
    }

    public Task StartAsync(int processes, int tasks) =>
        Task.WhenAll(_workers.Take(processes).Select(worker => worker.AskAsync<LoadAnswer>(new LoadQuestion(LoadRequest.Start, _place, tasks), s_limit)));

    /// <summary>Returns when all tasks have ended, or when nothing more has happened for as long as the patience lasts.</summary>
    public async Task WaitAsync(int processes, int tasks, TimeSpan patience, CancellationToken cancellationToken)
    {
        int last = -1;
        long movedAt = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(movedAt) < patience)
        {
            LoadAnswer[] answers = await Task.WhenAll(_workers.Take(processes).Select(worker => worker.AskAsync<LoadAnswer>(new LoadQuestion(LoadRequest.Progress), s_limit)));
            int done = answers.Sum(answer => answer.Done);
            if (done >= tasks)
            {
                break;
            }

            if (done != last)
            {
                last = done;
                movedAt = Stopwatch.GetTimestamp();
            }

            await Task.Delay(s_look, cancellationToken);
        }

        await Task.Delay(s_afterwards, cancellationToken);
    }

    /// <exception cref="TasksMiscountedException">A task was not executed, or more than once, or something is left on the broker.</exception>
    public async Task<LoadOutcome> StopAsync(int processes, int tasks)
    {
        LoadAnswer[] answers = await Task.WhenAll(_workers.Take(processes).Select(worker => worker.AskAsync<LoadAnswer>(new LoadQuestion(LoadRequest.Stop), s_limit)));
        var outcome = new LoadOutcome([.. answers.Select(answer => answer.Report!)], [.. answers.Select(answer => answer.Usage!)]);
        ExactlyOnce.Check(tasks, outcome.Reports);
        await ExactlyOnce.CheckNothingIsLeftAsync(_place);
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MeasuredProcess worker in _workers)
        {
            await worker.DisposeAsync();
        }
    }
}

/// <summary>What the workers of a run did together.</summary>
internal sealed record LoadOutcome(IReadOnlyList<ExecutionReport> Reports, IReadOnlyList<Usage> Usages)
{
    public int Count => Reports.Sum(report => report.Count);

    /// <summary>Tasks a second, from the first start to the last end.</summary>
    public double Rate
    {
        get
        {
            List<ExecutionReport> busy = [.. Reports.Where(report => !report.IsEmpty)];
            return Count / Stopwatch.GetElapsedTime(busy.Min(report => report.FirstStart), busy.Max(report => report.LastEnd)).TotalSeconds;
        }
    }

    public double CpuMicrosecondsPerTask => Usages.Sum(usage => usage.CpuMicroseconds) / Count;

    /// <summary>The most resident memory of one of them.</summary>
    public long PeakBytes => Usages.Max(usage => usage.PeakBytes);
}
