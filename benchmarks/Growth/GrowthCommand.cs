using System.CommandLine;
using BrokerQueues.Benchmarks.Growth.Curves;
using BrokerQueues.Benchmarks.Growth.Report;
using BrokerQueues.Benchmarks.Growth.Traces;
using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Worker.Hosting;

namespace BrokerQueues.Benchmarks.Growth;

/// <summary>Measures the curves that are asked for, one after the other.</summary>
internal static class GrowthCommand
{
    private static readonly Option<Uri> s_uri = UriOption("--uri", "The broker, as amqp://user:password@host:5672/vhost", required: true);
    private static readonly Option<Uri?> s_management = UriOption("--management", "The broker's management API, as http://host:15672; without it the broker's memory is not measured", required: false)!;
    private static readonly Option<bool> s_quick = new("--quick") { Description = "Small sizes, to see that it works" };
    private static readonly Option<string?> s_out = new("--out") { Description = "The file for the result, as JSON" };
    private static readonly Option<string?> s_svg = new("--svg") { Description = "The file for the diagrams, as SVG" };
    private static readonly Option<IReadOnlyList<CurveName>> s_curves = new("--curves")
    {
        DefaultValueFactory = _ => Enum.GetValues<CurveName>(),
        CustomParser = result =>
        {
            var curves = new List<CurveName>();
            foreach (string name in result.Tokens.SelectMany(token => token.Value.Split(',')))
            {
                if (Enum.TryParse(name, ignoreCase: true, out CurveName curve) && Enum.IsDefined(curve))
                {
                    curves.Add(curve);
                }
                else
                {
                    result.AddError($"'{name}' is no curve; there are {string.Join(", ", Enum.GetNames<CurveName>()).ToLowerInvariant()}.");
                }
            }

            return curves;
        },
        Description = "Which curves to measure, with commas between: backlog, queues, processes, delays",
    };

    public static RootCommand Create()
    {
        var root = new RootCommand("How BrokerQueues behaves as things grow. Ends with 0 where every task was executed once, even if a bar was not held.")
        {
            s_uri, s_management, s_quick, s_curves, s_out, s_svg,
        };
        root.SetAction(RunAsync);
        return root;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Uri broker = arguments.GetRequiredValue(s_uri);
        bool quick = arguments.GetValue(s_quick);
        Sizes sizes = quick ? Sizes.Quick : Sizes.Full;
        using BrokerMemory? memory = arguments.GetValue(s_management) is { } management ? new BrokerMemory(management, broker) : null;
        var run = new GrowthRun(broker, memory, $"growth-{Guid.NewGuid().ToString("N")[..8]}", cancellationToken);
        var result = new GrowthResult
        {
            Fingerprint = await Fingerprint.TakeAsync(broker, typeof(ITaskManager), typeof(WorkerBuilder)),
            Quick = quick,
        };
        GrowthRun.Say($"{run.Name} on {result.Fingerprint.Broker}, Erlang {result.Fingerprint.Erlang}, {result.Fingerprint.Cores} cores");

        foreach (CurveName curve in arguments.GetRequiredValue(s_curves))
        {
            try
            {
                await MeasureAsync(curve, run, sizes, result);
            }
#pragma warning disable CA1031 // Whatever failed, the other curves are still worth measuring, and the exit code says it.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                GrowthRun.Say($"{curve} failed: {exception}");
                result.Failures.Add($"{curve}: {exception.Message}");
            }
        }

        ConsoleReport.Write(result, Console.Out);
        if (arguments.GetValue(s_out) is { } file)
        {
            await ResultFile.WriteAsync(file, result);
        }

        if (arguments.GetValue(s_svg) is { } svg)
        {
            await File.WriteAllTextAsync(svg, GrowthCharts.Draw(result), cancellationToken);
        }

        return result.Failures.Count == 0 ? 0 : 1;
    }

    private static async Task MeasureAsync(CurveName curve, GrowthRun run, Sizes sizes, GrowthResult result)
    {
        switch (curve)
        {
            case CurveName.Backlog:
                result.Backlog = await BacklogCurve.MeasureAsync(run, sizes);
                break;
            case CurveName.Queues:
                result.Queues = await QueuesCurve.MeasureAsync(run, sizes);
                break;
            case CurveName.Processes:
                result.Processes = await ProcessesCurve.MeasureAsync(run, sizes);
                break;
            default:
                result.Delays = await DelaysCurve.MeasureAsync(run, sizes);
                break;
        }
    }

    private static Option<Uri> UriOption(string name, string description, bool required) => new(name)
    {
        Required = required,
        CustomParser = result => new Uri(result.Tokens[0].Value),
        Description = description,
    };
}
