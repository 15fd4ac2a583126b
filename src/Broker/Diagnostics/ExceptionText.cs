namespace BrokerQueues.Broker.Diagnostics;

/// <summary>
/// What an exception says of itself. Its texts are code of whoever wrote it, and may throw in their turn: a failure that cannot be
/// told must still be handled.
/// </summary>
internal static class ExceptionText
{
    /// <summary>Stands where a text could not be read.</summary>
    public const string NotReadable = "message not readable";

    private const int MaxDepth = 500;

    /// <summary>Its message; <see cref="NotReadable"/> where reading that throws or gives nothing.</summary>
    public static string MessageOf(Exception exception) => TryRead(static e => e.Message, exception) ?? $"({NotReadable})";

    /// <summary>All that it says, with the stack; of one that cannot be read, its type and, if possible, the stack.</summary>
    public static string DescriptionOf(Exception exception) =>
        IsTooDeep(exception) ? $"{TypeOf(exception)}: {MessageOf(exception)} (more than {MaxDepth} causes){Environment.NewLine}{StackOf(exception)}".TrimEnd() :
        TryRead(static e => e.ToString(), exception) ??
        $"{TypeOf(exception)}: ({NotReadable}){Environment.NewLine}{StackOf(exception)}".TrimEnd();

    /// <summary>Its stack; null where there is none or reading it throws.</summary>
    public static string? StackOf(Exception exception) => TryRead(static e => e.StackTrace, exception);

    /// <summary>The full name of its type.</summary>
    public static string TypeOf(Exception exception) => exception.GetType().FullName ?? exception.GetType().Name;

    /// <summary>Whether others can write it, as a logging provider does.</summary>
    public static bool IsReadable(Exception exception) =>
        !IsTooDeep(exception) &&
        TryRead(static e => e.ToString(), exception) is not null &&
        TryRead(static e => e.Message, exception) is not null &&
        TryRead(static e => $"{e.StackTrace}{e.Source}{e.HelpLink}{e.Data.Count}{e.GetBaseException().Message}", exception) is not null;

    /// <summary>
    /// Whether it has so many causes that its ToString, which calls that of its cause and so on, could run out of stack: that ends the process.
    /// </summary>
    public static bool IsTooDeep(Exception exception)
    {
        int depth = 0;
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (++depth > MaxDepth)
            {
                return true;
            }
        }

        return false;
    }

    private static string? TryRead(Func<Exception, string?> read, Exception exception)
    {
        try
        {
            return read(exception);
        }
#pragma warning disable CA1031 // Whatever its author's code throws, the text is what cannot be had.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
