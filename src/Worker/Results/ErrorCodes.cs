using System.Data.Common;
using System.Globalization;

namespace BrokerQueues.Worker.Results;

/// <summary><c>http:429</c>: the status of an <see cref="HttpRequestException"/>, and the wait that <see cref="HttpResponseMessageExtensions.EnsureSuccessOrRetryAfter"/> has kept.</summary>
internal sealed class HttpErrorCodes : IErrorCodeProvider
{
    public IEnumerable<string> Kinds => ["http"];

    public IEnumerable<string> GetErrorCodes(Exception exception) =>
        exception is HttpRequestException { StatusCode: { } status } ? [string.Create(CultureInfo.InvariantCulture, $"http:{(int)status}")] : [];

    public TimeSpan? GetRetryAfter(Exception exception) =>
        exception is HttpRequestException && exception.Data[HttpResponseMessageExtensions.RetryAfterKey] is TimeSpan wait ? wait : null;
}

/// <summary><c>sql:40001</c>: the SQLSTATE of a <see cref="DbException"/>.</summary>
internal sealed class SqlErrorCodes : IErrorCodeProvider
{
    public IEnumerable<string> Kinds => ["sql"];

    public IEnumerable<string> GetErrorCodes(Exception exception) =>
        exception is DbException { SqlState: { Length: > 0 } state } ? [$"sql:{state}"] : [];
}

/// <summary><c>hresult:0x80070005</c>: the HRESULT every exception has.</summary>
internal sealed class HResultErrorCodes : IErrorCodeProvider
{
    public IEnumerable<string> Kinds => ["hresult"];

    public IEnumerable<string> GetErrorCodes(Exception exception) => [string.Create(CultureInfo.InvariantCulture, $"hresult:0x{exception.HResult:X8}")];
}
