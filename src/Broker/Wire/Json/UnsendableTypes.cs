using System.Buffers;
using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Data;
using System.Diagnostics;
using System.Linq.Expressions;
using System.Net;
using System.Net.Mail;
using System.Net.NetworkInformation;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Types of .NET of which no value arrives as it was, and what to write instead.</summary>
internal static class UnsendableTypes
{
    private const string Code = "which is code. Send data, and let the processor decide what to do with it";
    private const string Outcome = "of which only the outcome could be sent. Await it, and send that";
    private const string OfThisProcess = "which belongs to this process. Leave it out, or mark it with [JsonIgnore] of Newtonsoft.Json; a processor is given a token of its own";
    private const string Content = "which is a place in something to read or write. Send the content as byte[] or string, or a reference to where it lies";
    private const string OtherJson = "which Newtonsoft.Json, by which directives are written, does not know. Declare JToken, JObject or JArray of Newtonsoft.Json, or send the JSON as a string";
    private const string TypeName = "and types are not read from a message. Send a name of your own as a string";
    private const string Address = "which means nothing to another process. Declare a long for a number, or send what it stands for";
    private const string Rows = "of which columns, types and states would not arrive. Send a List<T> of a class with a member for each column";
    private const string Xml = "of which not everything can be said in JSON. Send its text as a string";
    private const string Span = "of which only a length would be sent. Declare an array (byte[] for bytes)";
    private const string Held = "which is a way to get a value. Send the value";
    private const string AsText = "of which its public members do not make another one. Send it as a string, of ToString, and parse that";
    private const string AsPath = "which belongs to this machine. Send the path as a string";
    private const string AsTextItself = "of which its public members do not tell everything. Send its text as a string";
    private const string UpsideDown = "which would arrive upside down. Declare a List<T>, and make the stack of it in the processor";
    private const string AnotherOrder = "which would arrive in another order. Declare a List<T>";
    private const string AsList = "which no worker can fill. Declare a List<T> or an array";
    private const string AsSet = "which no worker can fill. Declare a HashSet<T>";
    private const string AsTexts = "which no worker can fill. Declare a Dictionary<string, string>, or Dictionary<string, string[]> for several values";

    // Nothing of these is ever written: reading their members may wait for ever, or tell what is nobody's business.
    private static readonly Dictionary<Type, string> s_never = new()
    {
        [typeof(Delegate)] = Code,
        [typeof(Expression)] = Code,
        [typeof(Task)] = Outcome,
        [typeof(ValueTask)] = Outcome,
        [typeof(ValueTask<>)] = Outcome,
        [typeof(CancellationToken)] = OfThisProcess,
        [typeof(CancellationTokenSource)] = OfThisProcess,
        [typeof(Stream)] = Content,
        [typeof(TextReader)] = Content,
        [typeof(TextWriter)] = Content,
        [typeof(JsonElement)] = OtherJson,
        [typeof(JsonDocument)] = OtherJson,
        [typeof(JsonNode)] = OtherJson,
        [typeof(MemberInfo)] = TypeName,
        [typeof(Assembly)] = TypeName,
        [typeof(Module)] = TypeName,
        [typeof(Exception)] = "of which stack and causes would not arrive. Send what the processor needs of it, its message say, as a string",
        [typeof(nint)] = Address,
        [typeof(nuint)] = Address,
        [typeof(SafeHandle)] = Address,
        [typeof(DataTable)] = Rows,
        [typeof(DataSet)] = Rows,
        [typeof(DataRow)] = Rows,
        [typeof(XmlNode)] = Xml,
        [typeof(XObject)] = Xml,
        [typeof(Memory<>)] = Span,
        [typeof(ReadOnlyMemory<>)] = Span,
        [typeof(ReadOnlySequence<>)] = Span,
        [typeof(PriorityQueue<,>)] = "of which the priorities would not be told. Send a List<T> of a class with a member for the priority",
        [typeof(JProperty)] = "which is no JSON by itself. Declare a JObject",
        [typeof(Lazy<>)] = Held,
        [typeof(WeakReference)] = Held,
        [typeof(WeakReference<>)] = Held,
        [typeof(ThreadLocal<>)] = Held,
        [typeof(AsyncLocal<>)] = Held,
        [typeof(IPAddress)] = AsText,
        [typeof(EndPoint)] = AsText,
        [typeof(IPNetwork)] = AsText,
        [typeof(PhysicalAddress)] = AsText,
        [typeof(MailAddress)] = AsText,
        [typeof(UriBuilder)] = "which is for making a Uri. Declare a Uri",
        [typeof(Regex)] = AsTextItself,
        [typeof(StringBuilder)] = AsTextItself,
        [typeof(Rune)] = "of which its public members do not make another one. Send it as a string, of ToString",
        [typeof(Index)] = "of which its public members do not make another one. Send an int",
        [typeof(Range)] = "of which its public members do not make another one. Send two members of type int",
        [typeof(Encoding)] = "of which its public members do not make another one. Send its WebName as a string",
        [typeof(TimeZoneInfo)] = "of which each machine has rules of its own. Send its Id as a string",
        [typeof(FileSystemInfo)] = AsPath,
        [typeof(DriveInfo)] = AsPath,
        [typeof(ActivityTraceId)] = AsText,
        [typeof(ActivitySpanId)] = AsText,
        [typeof(ActivityContext)] = "which travels with each task by itself. Leave it out, or send its traceparent as a string",
    };

    // Values of these are written as their elements, and arrive where an interface is declared or what is advised here.
    private static readonly Dictionary<Type, string> s_asDeclared = new()
    {
        [typeof(Stack)] = UpsideDown,
        [typeof(Stack<>)] = UpsideDown,
        [typeof(ConcurrentStack<>)] = UpsideDown,
        [typeof(ImmutableStack<>)] = UpsideDown,
        [typeof(IImmutableStack<>)] = UpsideDown,
        [typeof(ConcurrentBag<>)] = AnotherOrder,
        [typeof(ArraySegment<>)] = "which no worker can fill. Declare an array (byte[] for bytes), and send ToArray() of it",
        [typeof(Array)] = AsList,
        [typeof(BitArray)] = "which no worker can fill. Declare a bool[]",
        [typeof(BlockingCollection<>)] = AsList,
        [typeof(ReadOnlyObservableCollection<>)] = AsList,
        [typeof(IEnumerable)] = AsList,
        [typeof(ICollection)] = AsList,
        [typeof(IQueryable)] = AsList,
        [typeof(IQueryable<>)] = AsList,
        [typeof(IOrderedEnumerable<>)] = AsList,
        [typeof(IAsyncEnumerable<>)] = AsList,
        [typeof(FrozenSet<>)] = AsSet,
        [typeof(IReadOnlySet<>)] = AsSet,
        [typeof(ReadOnlySet<>)] = AsSet,
        [typeof(FrozenDictionary<,>)] = "which no worker can fill. Declare a Dictionary<TKey, TValue>",
        [typeof(ILookup<,>)] = "which no worker can fill. Declare a Dictionary<TKey, List<TValue>>",
        [typeof(IGrouping<,>)] = "which no worker can fill. Declare a class with the key and a List<T>",
        [typeof(NameValueCollection)] = AsTexts,
        [typeof(StringDictionary)] = AsTexts,
    };

    /// <summary>Why nothing of this type is ever written, however it is declared; null where something may be.</summary>
    public static string? WhyNever(Type type) => type.IsPointer || type.IsFunctionPointer ? $"is a pointer, {Address}" : Find(s_never, type) is { } why ? $"is a {type}, {why}" : null;

    /// <summary>Why a member cannot be declared as this type; null where it can.</summary>
    public static string? WhyNotDeclared(Type type) =>
        WhyNever(type) ?? (Find(s_asDeclared, type) is { } why ? $"is declared as {type}, {why}" : null);

    /// <summary>Why a type that would be written by its public members is not; null where it may be.</summary>
    public static string? WhyNotByMembers(Type type) =>
        type.IsClass && type != typeof(object) && FrameworkTypes.Has(type) && !FrameworkTypes.IsTuple(type) && !FrameworkTypes.HasEquals(type)
            ? $"is a {type}, of which its public members do not tell everything. Send what it is made of"
            : null;

    private static string? Find(Dictionary<Type, string> table, Type type)
    {
        if (type.IsDefined(typeof(JsonConverterAttribute), inherit: true))
        {
            // A class of the user, which says itself how it is written.
            return null;
        }

        for (Type? level = type; level is not null; level = level.BaseType)
        {
            // Every array is an Array.
            if (table.TryGetValue(level.IsGenericType ? level.GetGenericTypeDefinition() : level, out string? why) && (level != typeof(Array) || level == type))
            {
                return why;
            }
        }

        return null;
    }
}
