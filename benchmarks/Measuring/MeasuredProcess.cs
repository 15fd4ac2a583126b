using System.Diagnostics;
using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Measuring;

/// <summary>
/// A contender in a process of its own: its memory, its collector and its compiled code are its own, and it lives through all
/// rounds, so that it is warm. It is asked one thing at a time: a line of JSON in, a line of JSON out.
/// </summary>
public sealed class MeasuredProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _name;

    private MeasuredProcess(Process process, string name)
    {
        _process = process;
        _name = name;
    }

    public int Id => _process.Id;

    /// <summary>Starts this very program again with other arguments.</summary>
    public static MeasuredProcess Start(string name, params string[] arguments)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return StartProgram(name, program, [.. self, .. arguments]);
    }

    /// <summary>Starts another build of this program: the questions and answers must be those of this one.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="program">The path of its executable.</param>
    /// <param name="arguments">What it is given.</param>
    public static MeasuredProcess StartProgram(string name, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        return new MeasuredProcess(Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start."), name);
    }

    /// <exception cref="InvalidOperationException">The process answered with an error, or ended.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    public async Task<TAnswer> AskAsync<TAnswer>(object question, TimeSpan limit)
    {
        await _process.StandardInput.WriteLineAsync(JsonConvert.SerializeObject(question, Formatting.None));
        await _process.StandardInput.FlushAsync();
        string line = await _process.StandardOutput.ReadLineAsync().WaitAsync(limit)
            ?? throw new InvalidOperationException($"{_name} ended instead of answering; its standard error says why.");
        Answer<TAnswer> answer = JsonConvert.DeserializeObject<Answer<TAnswer>>(line)!;
        return answer.Error is null ? answer.Value! : throw new InvalidOperationException($"{_name}: {answer.Error}");
    }

    /// <summary>The other side: answers questions until standard input ends. Nothing else may write to standard output.</summary>
    public static async Task AnswerAsync<TQuestion, TAnswer>(Func<TQuestion, Task<TAnswer>> answer)
        where TAnswer : class
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Answer<TAnswer> given;
            try
            {
                given = new Answer<TAnswer>(await answer(JsonConvert.DeserializeObject<TQuestion>(line)!), null);
            }
#pragma warning disable CA1031 // Whatever went wrong is the answer.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                given = new Answer<TAnswer>(null, exception.ToString());
            }

            await Console.Out.WriteLineAsync(JsonConvert.SerializeObject(given, Formatting.None));
        }
    }

    /// <summary>Ends it: its standard input ends, and it has 10 s.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private sealed record Answer<T>(T? Value, string? Error);
}
