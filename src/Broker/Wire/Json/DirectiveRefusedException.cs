namespace BrokerQueues.Broker.Wire.Json;

/// <summary>A directive that a worker would not get as it is. No message of this kind holds a value.</summary>
/// <param name="why">What is the matter, without its place and without a full stop.</param>
/// <param name="place">The member; null where it is not known.</param>
internal sealed class DirectiveRefusedException(string why, string? place = null) : Exception($"{(place is null or "" ? "The directive" : $"Its member '{place}'")} {why}.")
{
    public string Why => why;

    public string? Place => place;
}
