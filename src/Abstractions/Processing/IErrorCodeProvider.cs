namespace BrokerQueues;

/// <summary>
/// Reads error codes out of exceptions, for <see cref="TaskExceptionBehaviorAttribute"/>. Register your own in dependency
/// injection beside those that come with the worker: <c>http:</c> (status of an HttpRequestException), <c>sql:</c>
/// (SqlState of a DbException) and <c>hresult:</c>.
/// </summary>
public interface IErrorCodeProvider
{
    /// <summary>
    /// The kinds it gives codes of: what stands before the colon. With them the start tells a rule for a code that cannot occur
    /// (<c>"htp:500"</c>). Default: null, which means that it may give codes of any kind.
    /// </summary>
    IEnumerable<string>? Kinds => null;

    /// <summary>The codes of an exception, each as <c>kind:code</c>; none where it knows nothing of this kind of exception.</summary>
    /// <param name="exception">The exception, already taken out of any AggregateException. Do not throw.</param>
    IEnumerable<string> GetErrorCodes(Exception exception);

    /// <summary>
    /// How long the other side asks to be left alone, where the exception says so. The task is then tried again no sooner, and at most 1 day
    /// later. Default: null, nothing is known.
    /// </summary>
    /// <param name="exception">The exception, already taken out of any AggregateException. Do not throw.</param>
    TimeSpan? GetRetryAfter(Exception exception) => null;
}
