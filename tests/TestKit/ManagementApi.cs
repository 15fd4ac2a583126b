using System.Net.Http.Headers;
using System.Net.Http.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.TestKit;

/// <summary>The broker's management HTTP API: what an operator does in the UI.</summary>
public sealed class ManagementApi : IDisposable
{
    private readonly HttpClient _http;

    public ManagementApi(TestBroker? broker = null)
    {
        _http = new HttpClient { BaseAddress = (broker ?? TestBroker.Shared).Management };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("guest:guest"u8));
    }

    public async Task<JToken> GetAsync(string path) => JToken.Parse(await _http.GetStringAsync(new Uri("api/" + path, UriKind.Relative)));

    public async Task PutAsync(string path, object body)
    {
        using HttpResponseMessage response = await _http.PutAsJsonAsync(new Uri("api/" + path, UriKind.Relative), body);
        response.EnsureSuccessStatusCode();
    }

    public async Task<JToken> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync(new Uri("api/" + path, UriKind.Relative), body);
        response.EnsureSuccessStatusCode();
        string text = await response.Content.ReadAsStringAsync();
        return text.Length == 0 ? JValue.CreateNull() : JToken.Parse(text);
    }

    public async Task DeleteAsync(string path)
    {
        using HttpResponseMessage response = await _http.DeleteAsync(new Uri("api/" + path, UriKind.Relative));
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Looks at messages as 'Get messages' in the UI does: with nack and requeue.</summary>
    public Task<JToken> LookAsync(string queueName, int count = 10) => PostAsync(
        $"queues/%2F/{Uri.EscapeDataString(queueName)}/get", new { count, ackmode = "ack_requeue_true", encoding = "auto", truncate = 50_000 });

    /// <summary>Closes connections of the given name part, as an operator would; returns how many.</summary>
    public async Task<int> CloseConnectionsAsync(string clientNamePart)
    {
        int closed = 0;
        foreach (JToken connection in await GetAsync("connections"))
        {
            string? name = (string?)connection["client_properties"]?["connection_name"] ?? (string?)connection["user_provided_name"];
            if (name?.Contains(clientNamePart, StringComparison.Ordinal) == true)
            {
                try
                {
                    await DeleteAsync("connections/" + Uri.EscapeDataString((string)connection["name"]!));
                    closed++;
                }
                catch (HttpRequestException exception) when (exception.StatusCode == System.Net.HttpStatusCode.NotFound)
                {
                    // The list lags behind: it has gone by itself.
                }
            }
        }

        return closed;
    }

    public void Dispose() => _http.Dispose();
}
