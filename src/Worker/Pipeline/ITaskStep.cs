namespace BrokerQueues.Worker.Pipeline;

/// <summary>One step of an execution; <see cref="TaskPipeline"/> has the list.</summary>
internal interface ITaskStep
{
    /// <summary>Whether it does nothing for a delivery that has become another consumer's: so all but those that look at what has run.</summary>
    bool NeedsSession => true;

    /// <summary>
    /// Does its part, and writes what came of it into the execution. A step that is not concerned does nothing: up to Judge each passes over an
    /// execution whose outcome is known already. What user code throws is caught here; anything else that is thrown is a fault around the
    /// delivery, which is then returned.
    /// </summary>
    ValueTask ExecuteAsync(TaskExecution execution);
}
