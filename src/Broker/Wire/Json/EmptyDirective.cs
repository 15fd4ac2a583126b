using System.Reflection;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>The directive of a task without a body: what its type makes of nothing, as if the body were <c>{}</c>.</summary>
internal static class EmptyDirective
{
    /// <summary>Makes one.</summary>
    /// <param name="type">The class of the directive.</param>
    /// <param name="serializer">What reads those that have a body.</param>
    /// <exception cref="EmptyDirectiveException">The type does not allow it.</exception>
    public static ITaskDirective Of(Type type, IDirectiveSerializer serializer)
    {
        try
        {
            return type.GetConstructor(Type.EmptyTypes) is null
                ? serializer.Read("{}"u8.ToArray(), type)!
                : (ITaskDirective)Activator.CreateInstance(type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null, null, null)!;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new EmptyDirectiveException(type, exception);
        }
    }
}

/// <summary>A type of directive that cannot be made of nothing.</summary>
internal sealed class EmptyDirectiveException(Type type, Exception inner)
    : Exception($"{type.Name} cannot be made of an empty one ({DirectiveWriting.Origin(inner)}).", inner);
