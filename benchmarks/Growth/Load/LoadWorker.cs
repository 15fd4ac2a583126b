using BrokerQueues.Benchmarks.Measuring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>The side of a worker process: one worker after the other, each as asked.</summary>
internal sealed class LoadWorker
{
    public const string Command = "load-worker";

    private IHost? _host;
    private ExecutionRecord? _record;
    private ProcessMeter? _meter;

    public static Task RunAsync()
    {
        var worker = new LoadWorker();
        return MeasuredProcess.AnswerAsync<LoadQuestion, LoadAnswer>(worker.AnswerAsync);
    }

    private async Task<LoadAnswer> AnswerAsync(LoadQuestion question)
    {
        switch (question.Request)
        {
            case LoadRequest.Start:
                await StartAsync(question.Place!, question.Tasks);
                return new LoadAnswer(0);
            case LoadRequest.Progress:
                return new LoadAnswer(_record!.Done);
            default:
                return await StopAsync();
        }
    }

    private async Task StartAsync(Place place, int tasks)
    {
        _record = new ExecutionRecord(tasks);
        _meter = ProcessMeter.Start();
        HostApplicationBuilder host = place.NewWorker(worker => worker.AddProcessorsFrom<LoadProcessors>());
        host.Services.AddSingleton(_record);
        _host = host.Build();
        await _host.StartAsync();
    }

    private async Task<LoadAnswer> StopAsync()
    {
        Usage usage = _meter!.Stop();
        await _host!.StopAsync();
        _host.Dispose();
        return new LoadAnswer(_record!.Done, _record.Report(), usage);
    }
}
