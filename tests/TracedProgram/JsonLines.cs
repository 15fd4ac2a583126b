using System.Text.Json;

namespace BrokerQueues.TracedProgram;

/// <summary>A file of JSON, an object a line.</summary>
internal sealed class JsonLines(string path) : IDisposable
{
    private readonly StreamWriter _writer = new(path);

    public void Add(object line)
    {
        lock (_writer)
        {
            _writer.WriteLine(JsonSerializer.Serialize(line));
            _writer.Flush();
        }
    }

    public void Dispose() => _writer.Dispose();
}
