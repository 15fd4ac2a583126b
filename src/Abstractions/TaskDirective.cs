namespace BrokerQueues;

/// <summary>The base of what a task carries: its payload, serialised as JSON in the message body.</summary>
/// <remarks>
/// Public properties are serialised, or, on a class marked <c>[DataContract]</c>, its <c>[DataMember]</c>s.
/// A derived class needs a public constructor without parameters: a task without a body gets an empty instance.
/// Type names are neither written nor followed, and nesting deeper than 64 levels is refused.
/// </remarks>
public abstract class TaskDirective
{
    // Deliberately not a [DataContract]: Newtonsoft.Json looks for the attribute up the whole chain of base types, and
    // would then leave out every property of a plain derived class.
}

/// <summary>The directive of a task type that needs no payload.</summary>
public sealed class EmptyTaskDirective : TaskDirective;
