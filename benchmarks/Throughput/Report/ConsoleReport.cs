using System.Globalization;
using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Contenders;

namespace BrokerQueues.Benchmarks.Throughput.Report;

/// <summary>Results as tables for people.</summary>
internal static class ConsoleReport
{
    /// <summary>Whom the others are held against.</summary>
    public static readonly IReadOnlyList<string> References = [ContenderNames.ClientJson, ContenderNames.ClientTopology, ContenderNames.ClientBytes, ContenderNames.MassTransit, ContenderNames.Wolverine, ContenderNames.Before];

    public static void Print(ScenarioResult result)
    {
        string rate = result.PublishedPerSecond is { } published ? Text($", published at {published:N0}/s") : "";
        Console.WriteLine(Text($"\n{result.Scenario}: {result.Tasks:N0} tasks a round{rate}"));
        Console.WriteLine(Text($"  {"contender",-25} {"tasks/s",8} {"[min..max]",-17} {"CPU us",7} {"bytes",9} {"peak MiB",8} {"body",6}   {"/json",6} {"/topol",6} {"/bytes",6} {"/MT",6} {"/Wolv",6} {"/before",7}"));
        foreach (ContenderResult contender in result.Contenders)
        {
            Summary perSecond = contender.TasksPerSecond;
            string span = Text($"[{perSecond.Min:N0}..{perSecond.Max:N0}]");
            string body = contender.Rounds[0].BodyBytes is { } bytes ? Text($"{bytes}") : "";
            string ratios = string.Join(' ', References.Select(reference => Ratio(result, contender.Contender, reference)));
            Console.WriteLine(Text(
                $"  {contender.Contender,-25} {perSecond.Median,8:N0} {span,-17} {contender.CpuMicrosecondsPerTask.Median,7:N1} {contender.AllocatedBytesPerTask.Median,9:N0} {contender.PeakMebibytes.Median,8:N0} {body,6}   {ratios}"));
        }

        if (result.Contenders.Any(contender => contender.Rounds[0].LatencyMicroseconds is not null))
        {
            PrintLatency(result);
        }
    }

    public static void Print(IReadOnlyList<BarResult> bars)
    {
        Console.WriteLine(Text($"\n{"bar",-45} {"measured",9} {"[min..max]",-17} {"bar",8}  held"));
        foreach (BarResult bar in bars)
        {
            string measured = bar.Measured is { } summary ? Number(summary.Median) : "not run";
            string span = bar.Measured is { } all ? $"[{Number(all.Min)}..{Number(all.Max)}]" : "";
            string sign = bar.AtLeast ? ">=" : "<=";
            Console.WriteLine($"{bar.What,-45} {measured,9} {span,-17} {sign + " " + Number(bar.Bar),8}  {bar.Held switch { true => "yes", false => "NO", null => "-" }}{Rounds(bar)}");
        }
    }

    private static void PrintLatency(ScenarioResult result)
    {
        Console.WriteLine(Text($"  {"from due to started, us",-25} {"p50",8} {"p99",8} {"p99.9",8} {"max",9}   {"p99 /json",9}"));
        foreach (ContenderResult contender in result.Contenders)
        {
            double Median(Func<LatencyFigures, double> figure) => contender.Of(round => figure(round.LatencyMicroseconds!)).Median;
            string ratio = result.Ratio(contender.Contender, ContenderNames.ClientJson, Figures.LatencyP99) is { } quotient ? Text($"{quotient.Median:N2}") : "";
            Console.WriteLine(Text(
                $"  {contender.Contender,-25} {Median(latency => latency.P50),8:N0} {Median(latency => latency.P99),8:N0} {Median(latency => latency.P999),8:N0} {Median(latency => latency.Max),9:N0}   {ratio,9}"));
        }
    }

    private static string Ratio(ScenarioResult result, string contender, string reference) =>
        contender != reference && result.Ratio(contender, reference, Figures.Rate) is { } ratio ? Text($"{ratio.Median,6:N2}") : "      ";

    private static string Rounds(BarResult bar) => bar.Measured is { Values.Count: > 1 } measured ? $", in {bar.RoundsHeld} of {measured.Values.Count} rounds" : "";

    private static string Number(double value) => value >= 100 ? Text($"{value:N0}") : Text($"{value:N2}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
