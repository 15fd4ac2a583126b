namespace BrokerQueues;

/// <summary>
/// Says who causes the tasks that a program adds without an <see cref="AddTaskOptions.Initiator"/>: in a web server, the user of the present request.
/// Registered by <c>services.AddSingleton&lt;ITaskInitiatorProvider, T&gt;()</c>.
/// </summary>
public interface ITaskInitiatorProvider
{
    /// <summary>
    /// Who causes a task that is being added now, by the caller of this thread. Not asked while a task is executed: what that one adds has its initiator.
    /// </summary>
    /// <returns>At most 255 bytes of UTF-8, without control characters and line breaks; null or empty for nobody.</returns>
    /// <remarks>What it throws, and a text that is no initiator, is thrown by <see cref="ITaskManager"/> as an <see cref="InvalidOperationException"/>: the task is not published.</remarks>
    string? FindInitiator();
}
