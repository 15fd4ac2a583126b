using System.Net.Http.Headers;
using System.Text;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Benchmarks.Growth.Traces;

/// <summary>How much memory the broker says that it uses. It counts anew every few seconds only.</summary>
internal sealed class BrokerMemory : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="management">The management API.</param>
    /// <param name="broker">Where user and password are taken from.</param>
    public BrokerMemory(Uri management, Uri broker)
    {
        string account = broker.UserInfo.Length > 0 ? Uri.UnescapeDataString(broker.UserInfo) : "guest:guest";
        _http = new HttpClient { BaseAddress = new Uri(management.AbsoluteUri.TrimEnd('/') + "/") };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(account)));
    }

    /// <summary>The bytes of all nodes together.</summary>
    public async Task<long> ReadAsync(CancellationToken cancellationToken)
    {
        var nodes = JArray.Parse(await _http.GetStringAsync(new Uri("api/nodes?columns=mem_used", UriKind.Relative), cancellationToken));
        return nodes.Sum(node => (long)node["mem_used"]!);
    }

    /// <summary>The most, until the token ends it.</summary>
    public async Task<long> WatchPeakAsync(CancellationToken stopping)
    {
        long peak = 0;
        try
        {
            while (true)
            {
                peak = Math.Max(peak, await ReadAsync(stopping));
                await Task.Delay(TimeSpan.FromSeconds(1), stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return peak;
        }
    }

    public void Dispose() => _http.Dispose();
}
