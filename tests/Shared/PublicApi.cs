using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace BrokerQueues.Tests;

/// <summary>
/// The public surface of an assembly as text, compared with the approved file beside the test. What a user of the assembly
/// can see or break on is in it: types, bases, members, parameter names and defaults, constants, nullability, obsolescence.
/// </summary>
internal static class PublicApi
{
    private const string Accept = "BROKERQUEUES_ACCEPT_API";
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    /// <summary>Fails where the surface is not the approved one; with the environment variable set, approves it.</summary>
    public static void AssertApproved(Assembly assembly, [CallerFilePath] string testFile = "")
    {
        string approvedFile = Path.Combine(Path.GetDirectoryName(testFile)!, "PublicApi.approved.txt");
        string actual = Print(assembly);
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(approvedFile, actual);
            return;
        }

        string approved = File.Exists(approvedFile) ? File.ReadAllText(approvedFile).ReplaceLineEndings("\n") : "";
        if (approved == actual)
        {
            return;
        }

        string[] before = approved.Split('\n');
        string[] after = actual.Split('\n');
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"The public API of {assembly.GetName().Name} is not what is approved in {approvedFile}.");
        foreach (string line in before.Except(after, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  - {line.Trim()}");
        }

        foreach (string line in after.Except(before, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  + {line.Trim()}");
        }

        text.Append(CultureInfo.InvariantCulture, $"If the change is meant, accept it with: {Accept}=1 dotnet test {Path.GetDirectoryName(testFile)} (and commit the file).");
        Assert.Fail(text.ToString());
    }

    public static string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            PrintType(type, text);
        }

        return text.ToString();
    }

    private static void PrintType(Type type, StringBuilder text)
    {
        text.Append(Obsolete(type)).Append(Usage(type)).Append(Kind(type)).Append(' ').Append(type.Namespace).Append('.').Append(Name(type));
        string[] bases = [.. Bases(type)];
        text.Append(bases.Length == 0 ? "" : " : " + string.Join(", ", bases)).Append(Constraints(type.GetGenericArguments())).Append('\n');

        IEnumerable<string> members = type.IsEnum
            ? type.GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}")
            : type.GetMembers(Declared).Where(member => !member.Name.StartsWith('<'))
                .Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)) || member is MethodBase { IsSpecialName: false })
                .Select(member => Member(member, type)).OfType<string>().Order(StringComparer.Ordinal);
        foreach (string member in members)
        {
            text.Append("    ").Append(member).Append('\n');
        }
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly struct" : "struct",
        _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
        {
            yield break;
        }

        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
        {
            yield return Name(parent);
        }

        foreach (string name in type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []).Select(Name).Order(StringComparer.Ordinal))
        {
            yield return name;
        }
    }

    private static string? Member(MemberInfo member, Type type) => member switch
    {
        ConstructorInfo { IsStatic: false } constructor when Visible(constructor) is { } access => $"{Obsolete(member)}{access}{Bare(type.Name)}({Parameters(constructor)})",
        FieldInfo field when Visible(field) is { } access => $"{Obsolete(member)}{access}{Modifiers(field)}{Name(field.FieldType)}{Mark(new NullabilityInfoContext().Create(field).ReadState, field.FieldType)} {field.Name}{Constant(field)}",
        PropertyInfo property => Property(property),
        EventInfo @event when @event.AddMethod is { } add && Visible(add) is { } access => $"{Obsolete(member)}{access}event {Name(@event.EventHandlerType!)} {@event.Name}",
        // The accessors of properties and events are shown with these; operators are methods of their own.
        MethodInfo method when (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && Visible(method) is { } access =>
            $"{Obsolete(member)}{access}{Modifiers(method)}{Name(method.ReturnType)}{Mark(new NullabilityInfoContext().Create(method.ReturnParameter).ReadState, method.ReturnType)} " +
            $"{method.Name}{Generics(method)}({Parameters(method)}){Constraints(method.IsGenericMethod ? method.GetGenericArguments() : [])}",
        _ => null,
    };

    private static string? Property(PropertyInfo property)
    {
        MethodInfo? get = property.GetMethod is { } getter && Visible(getter) is not null ? getter : null;
        MethodInfo? set = property.SetMethod is { } setter && Visible(setter) is not null ? setter : null;
        if ((get ?? set) is not { } accessor)
        {
            return null;
        }

        bool init = set?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        NullabilityInfo nullability = new NullabilityInfoContext().Create(property);
        string index = string.Join(", ", property.GetIndexParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));
        return $"{Obsolete(property)}{Visible(accessor)}{(property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "")}{Modifiers(accessor)}" +
            $"{Name(property.PropertyType)}{Mark(get is null ? nullability.WriteState : nullability.ReadState, property.PropertyType)} " +
            $"{(index.Length == 0 ? property.Name : $"this[{index}]")} {{ {(get is null ? "" : "get; ")}{(set is null ? "" : Visible(set) == Visible(accessor) ? (init ? "init; " : "set; ") : Visible(set) + "set; ")}}}";
    }

    private static string? Visible(MethodBase method) => method switch
    {
        { IsPublic: true } => method.DeclaringType!.IsInterface ? "" : "public ",
        { IsFamily: true } or { IsFamilyOrAssembly: true } => "protected ",
        _ => null,
    };

    private static string? Visible(FieldInfo field) => field.IsPublic ? "public " : field.IsFamily || field.IsFamilyOrAssembly ? "protected " : null;

    private static string Modifiers(FieldInfo field) => field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");

    private static string Modifiers(MethodInfo method) => method switch
    {
        { DeclaringType.IsInterface: true } => "",
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } => method.GetBaseDefinition() == method ? "virtual " : "override ",
        _ => "",
    };

    private static string Constant(FieldInfo field) => field.IsLiteral ? $" = {Value(field.GetRawConstantValue(), field.FieldType)}" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        string prefix =
            parameter.Position == 0 && method.IsDefined(typeof(ExtensionAttribute)) ? "this " :
            parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " :
            parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "";
        Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        string value = parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue, type)}" : "";
        return $"{prefix}{Name(type)}{Mark(new NullabilityInfoContext().Create(parameter).WriteState, type)} {parameter.Name}{value}";
    }));

    private static string Value(object? value, Type type) => value switch
    {
        null => type.IsValueType ? "default" : "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Mark(NullabilityState state, Type type) => state == NullabilityState.Nullable && !type.IsValueType ? "?" : "";

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
    {
        var parts = argument.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(Name).ToList();
        GenericParameterAttributes flags = argument.GenericParameterAttributes;
        if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            parts.Insert(0, "class");
        }

        if (flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
        {
            parts.Insert(0, "struct");
        }
        else if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
        {
            parts.Add("new()");
        }

        return parts.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", parts)}";
    }));

    private static string Obsolete(MemberInfo member) => member.IsDefined(typeof(ObsoleteAttribute), false) ? "[Obsolete] " : "";

    private static string Usage(Type type) => type.GetCustomAttribute<AttributeUsageAttribute>(false) is { } usage
        ? $"[AttributeUsage({usage.ValidOn}{(usage.AllowMultiple ? ", AllowMultiple" : "")}{(usage.Inherited ? "" : ", not inherited")})] "
        : "";

    private static string Name(Type type)
    {
        if (s_keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        string prefix = type.IsNested && !type.IsGenericParameter ? Bare(type.DeclaringType!.Name) + "." : "";
        return type.IsGenericType
            ? $"{prefix}{Bare(type.Name)}<{string.Join(", ", type.GetGenericArguments().Select(argument => Variance(argument) + Name(argument)))}>"
            : prefix + type.Name;
    }

    private static string Variance(Type argument) => !argument.IsGenericTypeParameter ? "" :
        argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Covariant) ? "out " :
        argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Contravariant) ? "in " : "";

    private static string Bare(string name) => name.Split('`')[0];
}
