using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

// What profiling of a node showed to matter, piece by piece and without a broker:
//   dotnet run -c Release --project benchmarks/Micro -- --filter '*'
// That is a short run, to see what a change does. One to quote from takes far longer, a class at a time:
//   dotnet run -c Release --project benchmarks/Micro -- --job long --filter '*DirectiveReading*'

// In words of the command line rather than a configuration: a job of ours would run beside the one that is asked for.
string[] job = args.Any(argument => argument is "-j" or "--job" || argument.StartsWith("--job=", StringComparison.Ordinal)) ? [] : ["--job", "short"];

// In this process: BenchmarkDotNet finds the project to build for another one by the name of the assembly, which is not that of its file.
string[] process = args.Any(argument => argument is "-i" or "--inProcess") ? [] : ["--inProcess"];

// The classes are public and not sealed because BenchmarkDotNet emits an assembly with classes derived from them.
Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. job, .. process, .. args])];

// It does not say by itself that a benchmark has failed.
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
