using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Benchmarks.Measuring;

/// <summary>Results as JSON files.</summary>
public static class ResultFile
{
    private static readonly JsonSerializerSettings s_settings = new()
    {
        ContractResolver = new CamelCasePropertyNamesContractResolver(),
        Converters = { new StringEnumConverter() },
        Formatting = Formatting.Indented,
    };

    public static async Task WriteAsync(string path, object result)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        await File.WriteAllTextAsync(path, JsonConvert.SerializeObject(result, s_settings) + "\n");
    }

    public static async Task<T> ReadAsync<T>(string path) =>
        JsonConvert.DeserializeObject<T>(await File.ReadAllTextAsync(path), s_settings) ?? throw new InvalidDataException($"{path} holds no result.");
}
