namespace BrokerQueues.Broker.Diagnostics;

/// <summary>
/// What an exception says of itself. Its texts are code of whoever wrote it, and may throw in their turn: a failure that cannot be
/// told must still be handled.
/// </summary>
internal static class ExceptionText
{
    /// <summary>Stands where a text could not be read.</summary>
    public const string NotReadable = "message not readable";

    /// <summary>Its message; <see cref="NotReadable"/> where reading that throws or gives nothing.</summary>
    public static string MessageOf(Exception exception) => TryRead(static e => e.Message, exception) ?? $"({NotReadable})";

    /// <summary>All that it says, with the stack; of one that cannot be read, its type and, if possible, the stack.</summary>
    public static string DescriptionOf(Exception exception) =>
        TryRead(static e => e.ToString(), exception) ??
        $"{TypeOf(exception)}: ({NotReadable}){Environment.NewLine}{TryRead(static e => e.StackTrace, exception)}".TrimEnd();

    /// <summary>The full name of its type.</summary>
    public static string TypeOf(Exception exception) => exception.GetType().FullName ?? exception.GetType().Name;

    /// <summary>Whether others can write it, as a logging provider does.</summary>
    public static bool IsReadable(Exception exception) =>
        TryRead(static e => e.ToString(), exception) is not null && TryRead(static e => e.Message, exception) is not null;

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
