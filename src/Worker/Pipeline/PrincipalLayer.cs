using System.Security.Claims;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>
/// The outermost layer of a worker with <see cref="WorkerOptions.SystemPrincipal"/>: what is inside runs under that principal. Around the middleware, so that one
/// may run the processor under another.
/// </summary>
internal sealed class PrincipalLayer(RunLayer inner, string name) : RunLayer
{
    public override async ValueTask<TaskProcessingJobResult> RunAsync(TaskProcessingJob job, CancellationToken cancellationToken)
    {
        // Of this async method's own context: whoever called it has the former one back.
        Thread.CurrentPrincipal = Of(job);
        return await inner.RunAsync(job, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A new one for each run: identities can be added to, by the code of one task for all that follow.</summary>
    private ClaimsPrincipal Of(TaskProcessingJob job)
    {
        var identity = new ClaimsIdentity(TaskPrincipal.AuthenticationType);
        identity.AddClaim(new Claim(identity.NameClaimType, name));
        if (job.Initiator is { } initiator)
        {
            identity.AddClaim(new Claim(TaskPrincipal.InitiatorClaim, initiator));
        }

        return new ClaimsPrincipal(identity);
    }
}
