namespace BrokerQueues.Broker.Settlement;

/// <summary>Why a task is parked: what an operator reads in its headers.</summary>
/// <param name="Result">Fail, Fatal or Incompatible.</param>
/// <param name="ErrorType">The full name of the exception's type; null where there was none.</param>
/// <param name="ErrorMessage">What happened.</param>
/// <param name="ErrorStack">The exception with its stack; null where there was none.</param>
/// <param name="Attempts">How often the task was tried.</param>
/// <param name="Redrives">How often it had been put back by hand.</param>
internal sealed record FailureDetails(string Result, string? ErrorType, string ErrorMessage, string? ErrorStack, int Attempts, int Redrives);

/// <summary>The parking queue a task goes to.</summary>
internal enum ParkingQueue
{
    Failed,
    Fatal,
    Incompatible,
}
