using System.Security.Claims;

namespace BrokerQueues;

/// <summary>
/// What is known by name in the principal under which a worker runs its processors, where its option <c>SystemPrincipal</c> says so: the
/// <see cref="ClaimsPrincipal.Current"/> and <see cref="Thread.CurrentPrincipal"/> of middleware, processors and what they call.
/// </summary>
public static class TaskPrincipal
{
    /// <summary>The <see cref="ClaimsIdentity.AuthenticationType"/> of its identity.</summary>
    public const string AuthenticationType = "BrokerQueues";

    /// <summary>
    /// The type of the claim that names who caused the task (<see cref="ITaskProcessingJob.Initiator"/>); not there where nobody is named. It is what the
    /// publisher says, and proves nothing.
    /// </summary>
    public const string InitiatorClaim = "bq-initiator";
}
