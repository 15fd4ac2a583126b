namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>Holds tasks in other processes until the test lets them go: what must not have ended yet has not, on any machine.</summary>
internal sealed class Gate : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"brokerqueues-gate-{Guid.NewGuid():N}");

    public void Open() => File.WriteAllBytes(Path, []);

    public void Dispose() => File.Delete(Path);
}
