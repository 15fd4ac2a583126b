using BrokerQueues.Benchmarks.Growth.Load;
using BrokerQueues.Benchmarks.Growth.Traces;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <param name="TaskType">What the tasks do.</param>
/// <param name="Processes">How many processes share the backlog.</param>
/// <param name="Tasks">How many tasks it has.</param>
/// <param name="Rate">Tasks a second of all together.</param>
/// <param name="Shares">Of each round: how many tasks each process executed.</param>
internal sealed record ProcessesPoint(string TaskType, int Processes, int Tasks, Summary Rate, IReadOnlyList<IReadOnlyList<int>> Shares);

/// <summary>How fast a backlog is worked off, by how many worker processes share it, on one machine.</summary>
internal sealed record ProcessesCurve(int Cores, IReadOnlyList<ProcessesPoint> Points)
{
    public static async Task<ProcessesCurve> MeasureAsync(GrowthRun run, Sizes sizes)
    {
        Place place = run.PlaceOf("processes");
        int most = sizes.Processes.Max();
        try
        {
            await using var load = new LoadRun(place, most);
            await load.DeclareAsync();
            await using LoadPublisher publisher = await LoadPublisher.StartAsync(place, run.Stopping);
            await publisher.FillAsync(LoadProcessors.NoOp, sizes.WarmUp, run.Stopping);
            await load.ConsumeAsync(most, sizes.WarmUp, run.Stopping);

            List<(string TaskType, int Tasks, int Processes)> contenders =
            [
                .. sizes.Processes.Select(processes => (LoadProcessors.NoOp, sizes.NoOpTasks, processes)),
                .. sizes.Processes.Select(processes => (LoadProcessors.Wait, sizes.WaitingTasks, processes)),
            ];
            var outcomes = contenders.ToDictionary(contender => contender, _ => new List<LoadOutcome>());
            for (int round = 0; round < sizes.ProcessRounds; round++)
            {
                foreach ((string taskType, int tasks, int processes) in contenders)
                {
                    await publisher.FillAsync(taskType, tasks, run.Stopping);
                    LoadOutcome outcome = await load.ConsumeAsync(processes, tasks, run.Stopping);
                    outcomes[(taskType, tasks, processes)].Add(outcome);
                    GrowthRun.Say($"{processes} process(es), {taskType}: {outcome.Rate:N0}/s");
                }
            }

            return new ProcessesCurve(Environment.ProcessorCount, [.. contenders.Select(contender => PointOf(contender, outcomes[contender]))]);
        }
        finally
        {
            await RunTraces.DeleteAsync(place, [LoadProcessors.QueueId]);
        }
    }

    private static ProcessesPoint PointOf((string TaskType, int Tasks, int Processes) contender, IReadOnlyList<LoadOutcome> outcomes) => new(
        contender.TaskType,
        contender.Processes,
        contender.Tasks,
        Summary.Of(outcomes.Select(outcome => outcome.Rate)),
        [.. outcomes.Select(outcome => (IReadOnlyList<int>)[.. outcome.Reports.Select(report => report.Count)])]);
}
