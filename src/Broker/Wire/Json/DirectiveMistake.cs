namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Why no directive of a type can be sent: its declaration tells.</summary>
/// <param name="Place">The member; empty for the type itself.</param>
/// <param name="Why">What is the matter and what to write, without a full stop.</param>
internal sealed record DirectiveMistake(string Place, string Why)
{
    /// <summary>A sentence without a full stop.</summary>
    public string OfDirective() => Place.Length == 0 ? $"It {Why}" : $"Its member '{Place}' {Why}";

    /// <summary>The end of a sentence that begins with the name of the type.</summary>
    public string OfType() => Place.Length == 0 ? $"{Why}." : $"cannot be sent: its member '{Place}' {Why}.";
}
