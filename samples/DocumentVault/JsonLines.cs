using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrokerQueues.Samples.DocumentVault;

/// <summary>Files with one JSON object a line.</summary>
internal static class JsonLines
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        // People read these files, and none of them is a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>A line with its end, as it stands in the file.</summary>
    public static byte[] Write<T>(T value) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value, s_options) + "\n");

    public static T Read<T>(ReadOnlySpan<byte> line) => JsonSerializer.Deserialize<T>(line, s_options)
        ?? throw new InvalidDataException("A line says null where an object is expected.");

    /// <summary>Replaces a file as a whole: a reader sees the old or the new one, never half of it.</summary>
    public static void Replace<T>(string path, IEnumerable<T> values)
    {
        string temporary = path + ".new";
        using (FileStream file = File.Create(temporary))
        {
            foreach (T value in values)
            {
                file.Write(Write(value));
            }
        }

        File.Move(temporary, path, overwrite: true);
    }

    public static IEnumerable<T> ReadAll<T>(string path) => new LineTail(path).ReadNew().Select(line => Read<T>(line));
}
