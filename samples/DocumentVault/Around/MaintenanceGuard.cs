namespace BrokerQueues.Samples.DocumentVault.Around;

/// <summary>
/// While a file named <c>maintenance</c> lies in the vault, nothing is imported: the task waits and comes again, and its processor does not run.
/// </summary>
internal sealed class MaintenanceGuard(VaultFolder vault) : ITaskMiddleware
{
    public ValueTask<TaskProcessingJobResult> ExecuteAsync(
        ITaskProcessingJob job, ITaskProcessorInfo processor, TaskMiddlewareDelegate next, CancellationToken cancellationToken) =>
        File.Exists(Path.Combine(vault.Root, "maintenance"))
            ? throw new TaskResultException(TaskProcessingJobResult.Requeue, "The vault is under maintenance.", TimeSpan.FromSeconds(30))
            : next(job, cancellationToken);
}
