using System.Net.Http.Headers;

namespace BrokerQueues;

/// <summary>Keeps what an HTTP response asks for when it becomes an exception.</summary>
public static class HttpResponseMessageExtensions
{
    /// <summary>The key of <see cref="Exception.Data"/> under which the wait stands, as a <see cref="TimeSpan"/>.</summary>
    public const string RetryAfterKey = "Retry-After";

    /// <summary>
    /// As <see cref="HttpResponseMessage.EnsureSuccessStatusCode"/>, which forgets the header <c>Retry-After</c>: here the exception keeps it, and a task that is
    /// tried again (a rule for <c>http:429</c> or <c>http:503</c>, say) waits at least as long, at most 1 day.
    /// </summary>
    /// <param name="response">The response.</param>
    /// <param name="time">The clock against which a date in the header counts; null for the system's.</param>
    /// <returns>The response, where it is a success.</returns>
    /// <exception cref="HttpRequestException">The status is none of success.</exception>
    public static HttpResponseMessage EnsureSuccessOrRetryAfter(this HttpResponseMessage response, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        try
        {
            return response.EnsureSuccessStatusCode();
        }
        catch (HttpRequestException exception) when (response.Headers.RetryAfter is { } header)
        {
            exception.Data[RetryAfterKey] = WaitOf(header, time ?? TimeProvider.System);
            throw;
        }
    }

    private static TimeSpan WaitOf(RetryConditionHeaderValue header, TimeProvider time)
    {
        TimeSpan wait = header.Delta ?? (header.Date - time.GetUtcNow()) ?? TimeSpan.Zero;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
