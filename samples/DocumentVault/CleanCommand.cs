using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace BrokerQueues.Samples.DocumentVault;

/// <summary>Deletes the queues and exchanges of a run, or of many, through the broker's management API: AMQP cannot list what there is.</summary>
internal static class CleanCommand
{
    public static Command Create()
    {
        var management = new Option<Uri>("--management")
        {
            Required = true,
            CustomParser = result => new Uri(result.Tokens[0].Value),
            Description = "The URL of the broker's management API",
        };
        var command = new Command("clean", "Deletes every queue and exchange whose name begins with the prefix.") { CommonOptions.Uri, CommonOptions.Prefix, management };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string prefix = arguments.GetValue(CommonOptions.Prefix)!;
            if (prefix.Length == 0)
            {
                await Console.Error.WriteLineAsync("Without --prefix this would delete everything on the broker. Give one.");
                return 2;
            }

            Uri broker = arguments.GetRequiredValue(CommonOptions.Uri);
            using HttpClient http = Connect(arguments.GetRequiredValue(management), broker);
            string virtualHost = Uri.EscapeDataString(Uri.UnescapeDataString(broker.AbsolutePath.Length > 1 ? broker.AbsolutePath[1..] : "/"));
            // Exchanges first: what is still under way to a deleted queue is then refused, not lost.
            int exchanges = await DeleteAsync(http, $"api/exchanges/{virtualHost}", prefix, cancellationToken);
            int queues = await DeleteAsync(http, $"api/queues/{virtualHost}", prefix, cancellationToken);
            Console.WriteLine($"Deleted {queues} queues and {exchanges} exchanges that began with {prefix}");
            return 0;
        });
        return command;
    }

    private static HttpClient Connect(Uri management, Uri broker)
    {
        string account = broker.UserInfo.Length > 0 ? Uri.UnescapeDataString(broker.UserInfo) : "guest:guest";
        var http = new HttpClient { BaseAddress = new Uri(management.AbsoluteUri.TrimEnd('/') + "/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(account)));
        return http;
    }

    private static async Task<int> DeleteAsync(HttpClient http, string list, string prefix, CancellationToken cancellationToken)
    {
        await using Stream answer = await http.GetStreamAsync(new Uri($"{list}?columns=name", UriKind.Relative), cancellationToken);
        using JsonDocument found = await JsonDocument.ParseAsync(answer, cancellationToken: cancellationToken);
        List<string> names =
            [.. found.RootElement.EnumerateArray().Select(item => item.GetProperty("name").GetString()!).Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        foreach (string name in names)
        {
            using HttpResponseMessage response = await http.DeleteAsync(new Uri($"{list}/{Uri.EscapeDataString(name)}", UriKind.Relative), cancellationToken);
            // 404: it has expired meanwhile, as the queues of broadcasts do.
            if (response.StatusCode != System.Net.HttpStatusCode.NotFound)
            {
                response.EnsureSuccessStatusCode();
            }
        }

        return names.Count;
    }
}
