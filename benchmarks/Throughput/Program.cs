using System.CommandLine;
using BrokerQueues;
using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Benchmarks.Throughput;
using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Contenders;
using BrokerQueues.Benchmarks.Throughput.Report;
using BrokerQueues.Benchmarks.Throughput.Scenarios;

var uri = new Option<Uri>("--uri") { Required = true, CustomParser = result => new Uri(result.Tokens[0].Value), Description = "The broker, as amqp://user:password@host:5672/vhost" };
var output = new Option<string>("--out") { Required = true, Description = "The file that the results are written to, as JSON" };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "How often each contender does each scenario, beside rounds to warm up" };
var scenarios = new Option<string?>("--scenarios") { Description = $"Names separated by commas, with * and ?; default: all, which are {string.Join(", ", ScenarioTable.All.Select(scenario => scenario.Id))}" };
var tasks = new Option<int?>("--tasks") { Description = "Tasks a round, for all scenarios; default: each its own number" };
var scale = new Option<double>("--scale") { DefaultValueFactory = _ => 1, Description = "What the numbers of tasks are multiplied by" };
var contenders = new Option<string>("--contenders") { DefaultValueFactory = _ => string.Join(',', ContenderNames.All), Description = $"Who takes part, separated by commas; there are {string.Join(", ", ContenderNames.Known)}" };
var before = new Option<string?>("--before") { Description = $"The path of this program built from another commit: its BrokerQueues takes part as '{ContenderNames.Before}', with queues of its own" };
var root = new RootCommand("Compares BrokerQueues with RabbitMQ.Client used by hand, with MassTransit and with Wolverine, on one broker, in interleaved rounds.")
{
    uri, output, rounds, scenarios, tasks, scale, contenders, before,
};

root.SetAction(async (arguments, cancellationToken) =>
{
    Uri broker = arguments.GetRequiredValue(uri);
    string? earlier = arguments.GetValue(before);
    string[] taking = arguments.GetRequiredValue(contenders).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    if (taking.Except(ContenderNames.Known).FirstOrDefault() is { } unknown)
    {
        await Console.Error.WriteLineAsync($"There is no contender '{unknown}'; there are {string.Join(", ", ContenderNames.Known)}.");
        return 2;
    }

    if (earlier is not null && !File.Exists(earlier))
    {
        await Console.Error.WriteLineAsync($"There is no program '{earlier}'. Check out the other commit elsewhere and build benchmarks/Throughput with -c Release there.");
        return 2;
    }

    var extent = new Extent(arguments.GetValue(rounds), arguments.GetValue(scale), arguments.GetValue(tasks), earlier is null ? taking : [.. taking, ContenderNames.Before]);
    IReadOnlyList<Scenario> chosen = ScenarioTable.Matching(arguments.GetValue(scenarios));
    if (chosen.Count == 0 || extent.Rounds < 1 || extent.Scale <= 0 || extent.Tasks < 1)
    {
        await Console.Error.WriteLineAsync($"Nothing to measure. There are the scenarios {string.Join(", ", ScenarioTable.All.Select(scenario => scenario.Id))}; rounds, tasks and scale are above zero.");
        return 2;
    }

    Fingerprint fingerprint = await Fingerprint.TakeAsync(broker, typeof(ITaskManager), typeof(MassTransit.IBus), typeof(Newtonsoft.Json.JsonConvert));
    string prefix = $"throughput-{Guid.NewGuid().ToString("N")[..8]}.";
    await using var tournament = new Tournament(extent, name => name == ContenderNames.Before
        ? MeasuredProcess.StartProgram(name, earlier!, "contend", "--name", ContenderNames.Ours, "--uri", broker.OriginalString, "--prefix", $"{prefix}before.")
        : MeasuredProcess.Start(name, "contend", "--name", name, "--uri", broker.OriginalString, "--prefix", prefix));
    Console.WriteLine($"{fingerprint.Broker}, Erlang {fingerprint.Erlang}, {fingerprint.Runtime}, {fingerprint.Processor}, {fingerprint.Cores} cores");
    foreach (Scenario scenario in chosen)
    {
        ConsoleReport.Print(await tournament.RunAsync(scenario, cancellationToken));
    }

    IReadOnlyList<BarResult> bars = Bars.Judge(tournament.Results);
    ConsoleReport.Print(bars);
    await ResultFile.WriteAsync(arguments.GetRequiredValue(output), new { fingerprint, arguments = extent, scenarios = tournament.Results, bars });
    return 0;
});

var name = new Option<string>("--name") { Required = true };
var prefix = new Option<string>("--prefix") { Required = true };
var contend = new Command("contend", "One contender, as the program starts it.") { name, uri, prefix };
contend.Hidden = true;
contend.SetAction(async (arguments, _) =>
{
    await ContenderProcess.RunAsync(arguments.GetRequiredValue(name), arguments.GetRequiredValue(uri), arguments.GetRequiredValue(prefix));
    return 0;
});
root.Subcommands.Add(contend);

// A signal ends the parent's work, and the children clean up when it asks no more: neither is to be cut short.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = args is ["contend", ..] ? null : TimeSpan.FromMinutes(1) });
