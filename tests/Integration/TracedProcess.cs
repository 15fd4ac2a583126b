using System.Diagnostics;
using System.Runtime.InteropServices;
using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>tests/TracedProgram, as a process of its own.</summary>
internal sealed class TracedProcess : IDisposable
{
    private readonly string _role;
    private readonly Process _process;
    private readonly Task<string> _errors;

    public TracedProcess(string role, Uri uri, string prefix, string file)
    {
        // The test's own output is in bin/<Configuration>/net10.0.
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string program = Path.Combine(TestBroker.RepositoryRoot(), "tests", "TracedProgram", "bin", configuration, "net10.0", "BrokerQueues.TracedProgram");
        _role = role;
        _process = Process.Start(new ProcessStartInfo(program, [role, uri.ToString(), prefix, file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public async Task IsReadyAsync()
    {
        string? line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline);
        Assert.True(line == "READY", line is null ? $"{_role} has left: {await _errors}" : line);
    }

    public async Task StopAsync()
    {
        Assert.Equal(0, NativeMethods.kill(_process.Id, NativeMethods.SigTerm));
        await HasLeftAsync();
    }

    public async Task HasLeftAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        Assert.True(_process.ExitCode == 0, $"{_role} left with {_process.ExitCode}: {await _errors}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

#pragma warning disable IDE1006, SA1300, CA5392 // Named as libc names it; libc is always the system's.
    private static class NativeMethods
    {
        public const int SigTerm = 15;

        [DllImport("libc", SetLastError = true)]
        public static extern int kill(int processId, int signal);
    }
#pragma warning restore IDE1006, SA1300, CA5392
}
