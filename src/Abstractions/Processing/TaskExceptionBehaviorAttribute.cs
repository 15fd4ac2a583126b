namespace BrokerQueues;

/// <summary>Says which result an exception means, by its type or by an error code.</summary>
/// <remarks>
/// An error code wins over a type, and of the types the most derived wins. The method's attributes are asked first, then
/// its class's, then the worker's default (<see cref="TaskProcessingJobResult.Fail"/>). <see cref="AggregateException"/>
/// and <see cref="System.Reflection.TargetInvocationException"/> are looked into. Mistakes at start: one type or code with two results at the same
/// method or class (what a derived class says goes before its base), <see cref="TaskProcessingJobResult.Complete"/>,
/// <see cref="TaskProcessingJobResult.Abort"/>, which would run the task again without an end, and a type for which no rule is ever asked.
/// </remarks>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class TaskExceptionBehaviorAttribute : Attribute
{
    /// <summary>Maps exception types, and what derives from them, to a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="exceptionType">A type of exception.</param>
    /// <param name="moreExceptionTypes">More of them.</param>
    public TaskExceptionBehaviorAttribute(TaskProcessingJobResult result, Type exceptionType, params Type[] moreExceptionTypes)
    {
        Result = result;
        ExceptionTypes = [exceptionType, .. moreExceptionTypes ?? []];
        ErrorCodes = [];
    }

    /// <summary>
    /// Maps error codes such as <c>"http:429"</c>, <c>"sql:40001"</c>, <c>"hresult:0x80070005"</c> to a result. <c>"http:5xx"</c> stands for
    /// all of 500 to 599; a code written out wins over it. A code that cannot occur is a mistake, told at start.
    /// </summary>
    /// <param name="result">The result.</param>
    /// <param name="errorCode">An error code as an <see cref="IErrorCodeProvider"/> gives it; case does not matter.</param>
    /// <param name="moreErrorCodes">More of them.</param>
    public TaskExceptionBehaviorAttribute(TaskProcessingJobResult result, string errorCode, params string[] moreErrorCodes)
    {
        Result = result;
        ExceptionTypes = [];
        ErrorCodes = [errorCode, .. moreErrorCodes ?? []];
    }

    /// <summary>The result the exceptions mean.</summary>
    public TaskProcessingJobResult Result { get; }

    /// <summary>The exception types; empty where error codes were given.</summary>
    public IReadOnlyList<Type> ExceptionTypes { get; }

    /// <summary>The error codes; empty where types were given.</summary>
    public IReadOnlyList<string> ErrorCodes { get; }
}
