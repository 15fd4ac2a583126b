using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BrokerQueues.TestKit;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>The Conformance sample as a process of its own: what is killed here is really dead.</summary>
internal sealed class WorkerNode : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _errors = new();

    private WorkerNode(string name, ProcessStartInfo start)
    {
        Name = name;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data == "READY")
            {
                _ready.TrySetResult();
            }
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                _errors.Enqueue(text);
            }
        };
    }

    public string Name { get; }

    /// <summary>When it was killed: just before the signal, so that nothing that follows from its death is earlier.</summary>
    public long? KilledAtUnixMs { get; private set; }

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote to standard error: its log.</summary>
    public string Log => string.Join('\n', _errors);

    public static WorkerNode Start(string name, Uri broker, string prefix, string journal, TimeSpan grace)
    {
        string program = Path.Combine(TestBroker.RepositoryRoot(), "samples", "Conformance", "bin", Configuration(), "net10.0", "BrokerQueues.Conformance");
        string[] arguments =
        [
            "--uri", broker.ToString(), "--node", name, "--journal", journal, "--prefix", prefix,
            "--grace", grace.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        var node = new WorkerNode(name, start);
        node._process.Start();
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
    }

    public async Task WaitUntilReadyAsync()
    {
        Task exited = _process.WaitForExitAsync();
        Task first = await Task.WhenAny(_ready.Task, exited, Task.Delay(Eventually.Deadline));
        if (first != _ready.Task)
        {
            throw new InvalidOperationException($"Node {Name} was not ready. Its log:\n{Log}");
        }
    }

    /// <summary>SIGKILL, and the end of the process.</summary>
    public void Kill()
    {
        KilledAtUnixMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM: it shuts down in order.</summary>
    public void Terminate()
    {
        if (NativeMethods.kill(_process.Id, NativeMethods.SigTerm) != 0)
        {
            throw new InvalidOperationException($"Could not signal node {Name}: errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>SIGTERM, and how long it took to leave.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        long began = Stopwatch.GetTimestamp();
        Terminate();
        int exitCode = await WaitForExitAsync();
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        Assert.True(exitCode == 0, $"Node {Name} left with exit code {exitCode}. Its log:\n{Log}");
        return took;
    }

    public async Task<int> WaitForExitAsync()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"Node {Name} has not left within {Eventually.Deadline.TotalSeconds} s ({(_process.HasExited ? "its process has ended, its output has not" : "its process goes on")}). Its log:\n{Log}", exception);
        }

        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    // The test's own output is in bin/<Configuration>/net10.0.
    private static string Configuration() => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

#pragma warning disable IDE1006, SA1300, CA5392 // Named as libc names it; libc is always the system's.
    private static class NativeMethods
    {
        public const int SigTerm = 15;

        [DllImport("libc", SetLastError = true)]
        public static extern int kill(int processId, int signal);
    }
#pragma warning restore IDE1006, SA1300, CA5392
}
