namespace BrokerQueues;

/// <summary>Marks a class or a record as what a task carries: its payload, serialised as JSON in the message body.</summary>
/// <remarks>
/// For records, and for classes with a base of their own: <c>public sealed record Order(int Id, string Name) : ITaskDirective;</c>.
/// Public properties are serialised, or, on a class marked <c>[DataContract]</c>, its <c>[DataMember]</c>s. A worker makes the
/// directive by its public constructor without parameters, or else by its only public one, from the members of those names; a
/// member that was not sent keeps its default, <c>required</c> or not. So does an empty body: it is read as <c>{}</c>.
/// A struct is refused. Type names are neither written nor followed, and nesting deeper than 64 levels is refused.
/// </remarks>
public interface ITaskDirective;

/// <summary>The conventional base of directives that are classes. See <see cref="ITaskDirective"/>.</summary>
public abstract class TaskDirective : ITaskDirective
{
    // Deliberately not a [DataContract]: Newtonsoft.Json looks for the attribute up the whole chain of base types, and
    // would then leave out every property of a plain derived class.
}

/// <summary>The directive of a task type that needs no payload.</summary>
public sealed class EmptyTaskDirective : TaskDirective;
