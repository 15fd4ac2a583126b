using System.Collections;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Tries whether a worker would get what is published.</summary>
internal static class DirectiveTrial
{
    /// <summary>Reads a body as a worker does, and compares.</summary>
    /// <returns>The body.</returns>
    /// <exception cref="DirectiveRefusedException">Something else would arrive, or nothing.</exception>
    public static byte[] Pass(ITaskDirective directive, byte[] body)
    {
        Type type = directive.GetType();
        ITaskDirective? read;
        try
        {
            read = DirectiveJson.Read(body, type);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw Unreadable(exception, body, type);
        }

        if (read is null)
        {
            throw new DirectiveRefusedException("is written as no object, and no worker would get one");
        }

        if (DirectiveComparison.Find(directive, read) is { } difference)
        {
            throw new DirectiveRefusedException(difference.Why, difference.Place);
        }

        // What no public member shows: the work of a converter, say.
        byte[] again = DirectiveWriting.Write(read, DirectiveSerializer.CreateForUserCode(), out _);
        if (!again.AsSpan().SequenceEqual(body) && PlaceOfDifference(body, again, type) is { } place)
        {
            throw new DirectiveRefusedException("would arrive as something else: a worker that wrote it again would write another JSON", place);
        }

        return body;
    }

    private static DirectiveRefusedException Unreadable(Exception exception, byte[] body, Type type)
    {
        string? path = (exception as JsonSerializationException)?.Path ?? (exception as JsonReaderException)?.Path;
        string place = JsonPlace.Of(path, type, out Type? expected);
        if (exception.Message.StartsWith("Could not create an instance of type", StringComparison.Ordinal) && path?.LastIndexOfAny(['.', '[']) is > 0 and var end &&
            JsonPlace.Of(path[..end], type, out Type? holder) is var held && holder is { IsAbstract: true })
        {
            // It had already come upon the first member of what it could not make.
            (place, expected) = (held, holder);
        }

        string why = WhyUnreadable(exception, expected, type);
        return new DirectiveRefusedException(why, place.Length == 0 ? UnreadableMember(body, type) : place);
    }

    private static string WhyUnreadable(Exception exception, Type? expected, Type type)
    {
        if (exception.Message.Contains(" to dictionary key type ", StringComparison.Ordinal))
        {
            return "has keys that no worker can make of the texts they are written as. Declare keys of type string, or give theirs a TypeConverter";
        }

        bool isCollection = expected is not null && expected != typeof(string) && typeof(IEnumerable).IsAssignableFrom(expected);
        string why = expected is { IsAbstract: true }
            ? $"is declared as {expected}, which no worker can make an object of"
            : $"is written as JSON that no worker can read as {(expected is null ? $"a part of {type}" : expected)}: {DirectiveWriting.Origin(exception)}";
        return why + (
            isCollection ? ". Declare an array, List<T>, HashSet<T> or Dictionary<string, T>" :
            expected is { IsAbstract: true } ? ". Declare a class" :
            expected is { IsEnum: true } ? ". Declare the number that the enum is of, or write [JsonConverter(typeof(StringEnumConverter))] of Newtonsoft.Json" :
            ". Declare another type, or write a converter of Newtonsoft.Json for it");
    }

    // Not every exception says where it was.
    private static string? UnreadableMember(byte[] body, Type type)
    {
        try
        {
            foreach (JProperty member in ((JObject)Parse(body)).Properties())
            {
                try
                {
                    DirectiveJson.Read(DirectiveJson.StrictUtf8.GetBytes(new JObject(member).ToString(Formatting.None)), type);
                }
                catch (Exception exception) when (exception is not OutOfMemoryException)
                {
                    return JsonPlace.Of(member.Path, type, out _);
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidCastException)
        {
            // Something has written what is no JSON, or no object.
        }

        return null;
    }

    // The order of members and keys says nothing.
    private static string? PlaceOfDifference(byte[] one, byte[] other, Type type)
    {
        JToken first;
        JToken second;
        try
        {
            first = Parse(one);
            second = Parse(other);
        }
        catch (JsonException)
        {
            // A converter writes something else each time, and what it wrote is no JSON.
            return "";
        }

        if (JToken.DeepEquals(first, second))
        {
            return null;
        }

        while (true)
        {
            (JToken? Ours, JToken? Theirs) differing = (first, second) switch
            {
                (JObject ours, JObject theirs) => ours.Properties().Select(property => ((JToken?)property.Value, theirs[property.Name])).FirstOrDefault(pair => !JToken.DeepEquals(pair.Item1, pair.Item2)),
                (JArray ours, JArray theirs) => ours.Zip(theirs).Select(pair => ((JToken?)pair.First, (JToken?)pair.Second)).FirstOrDefault(pair => !JToken.DeepEquals(pair.Item1, pair.Item2)),
                _ => (null, null),
            };
            if (differing.Ours is null)
            {
                return JsonPlace.Of(first.Path, type, out _);
            }

            first = differing.Ours;
            if (differing.Theirs is null)
            {
                return JsonPlace.Of(first.Path, type, out _);
            }

            second = differing.Theirs;
        }
    }

    private static JToken Parse(byte[] body)
    {
        using var reader = new JsonTextReader(new StringReader(DirectiveJson.StrictUtf8.GetString(body))) { DateParseHandling = DateParseHandling.None, MaxDepth = null };
        return JToken.Load(reader);
    }
}
