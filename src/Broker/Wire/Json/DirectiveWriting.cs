using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using BrokerQueues.Broker.Diagnostics;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Writes directives, and tells in words of ours, and without any value, what went wrong.</summary>
internal static class DirectiveWriting
{
    private static readonly string[] s_beforeTheMember =
        ["Self referencing loop detected for property '", "Cannot write a null value for property '", "Error getting value from '"];

    // Of a struct that was never given anything, as it is where a directive leaves it out.
    private static readonly Dictionary<Type, string> s_unset = new()
    {
        [typeof(ImmutableArray<>)] = "is an ImmutableArray that was never set, which is neither empty nor null. Let the type set it to ImmutableArray<T>.Empty, or declare it as nullable",
    };

    /// <summary>What is known of the type.</summary>
    /// <exception cref="DirectiveRefusedException">It cannot be written at all.</exception>
    public static DirectivePlan PlanOf(Type type)
    {
        try
        {
            return DirectivePlan.For(type);
        }
        catch (JsonException exception)
        {
            // Of types and their attributes: there is no value yet.
            throw new DirectiveRefusedException($"cannot be written as JSON: {exception.Message.TrimEnd('.')}");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new DirectiveRefusedException($"cannot be written as JSON: {Origin(exception)}");
        }
    }

    public static byte[] Write(ITaskDirective directive, JsonSerializer serializer, out bool isDoubtful)
    {
        var text = new PooledTextWriter();
        try
        {
            using (var json = new BoundedJsonWriter(text) { ArrayPool = JsonCharPool.Instance })
            {
                try
                {
                    serializer.Serialize(json, directive);
                }
                catch (Exception exception) when (exception is not (OutOfMemoryException or UnforeseenTypeException))
                {
                    throw Refusal(exception, json, directive.GetType());
                }

                isDoubtful = BoundedJsonWriter.IsDoubtful;
            }

            return Utf8(text.Written, directive.GetType());
        }
        finally
        {
            text.Release();
        }
    }

    /// <summary>What threw, without what it says: that may hold a value.</summary>
    public static string Origin(Exception exception)
    {
        Exception origin = exception is JsonException or TargetInvocationException && exception.InnerException is { } inner ? inner : exception;
        return origin.TargetSite is { } method ? $"{ExceptionText.TypeOf(origin)} in {method.DeclaringType}.{method.Name}" : ExceptionText.TypeOf(origin);
    }

    private static byte[] Utf8(ReadOnlySpan<char> text, Type type)
    {
        try
        {
            byte[] body = new byte[DirectiveJson.StrictUtf8.GetByteCount(text)];
            DirectiveJson.StrictUtf8.GetBytes(text, body);
            return body;
        }
        catch (EncoderFallbackException exception)
        {
            throw new DirectiveRefusedException("has a text with half of a surrogate pair, which UTF-8 cannot say. Cut texts between characters", PlaceOf(exception.Index, text.ToArray(), type));
        }
    }

    private static string? PlaceOf(int index, char[] text, Type type)
    {
        using var reader = new JsonTextReader(new PooledTextReader(text, text.Length)) { DateParseHandling = DateParseHandling.None, MaxDepth = null };
        try
        {
            while (reader.Read())
            {
                // All of it is one line, unless a converter has written what it liked.
                if (reader.LinePosition > index)
                {
                    return JsonPlace.Of(reader.Path, type, out _);
                }
            }
        }
        catch (JsonException)
        {
            // What a converter has written is no JSON.
        }

        return reader.Path is { Length: > 0 } path ? JsonPlace.Of(path, type, out _) : null;
    }

    private static DirectiveRefusedException Refusal(Exception exception, BoundedJsonWriter json, Type type)
    {
        string place = JsonPlace.Of(json.Path, type, out _);
        if (exception is DirectiveRefusedException refused)
        {
            return new DirectiveRefusedException(refused.Why, refused.Place ?? place);
        }

        // Some say the member in their message only. What is no member's name is not told.
        foreach (string beginning in s_beforeTheMember)
        {
            if (exception is JsonSerializationException && exception.Message.StartsWith(beginning, StringComparison.Ordinal))
            {
                string rest = exception.Message[beginning.Length..];
                place = JsonPlace.Of($"{json.ContainerPath}.{rest[..Math.Max(0, rest.IndexOf('\'', StringComparison.Ordinal))]}", type, out _);
            }
        }

        if (exception is JsonSerializationException { InnerException: null } && exception.Message.StartsWith(s_beforeTheMember[0], StringComparison.Ordinal))
        {
            return new DirectiveRefusedException("holds an object that it is a part of itself, which JSON cannot say", place);
        }

        return exception is InvalidOperationException && exception.TargetSite?.DeclaringType is { IsGenericType: true } thrower && s_unset.TryGetValue(thrower.GetGenericTypeDefinition(), out string? remedy)
            ? new DirectiveRefusedException(remedy, place)
            : new DirectiveRefusedException($"cannot be written as JSON: {Origin(exception)}", place);
    }
}
