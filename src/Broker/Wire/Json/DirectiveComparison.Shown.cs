using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Diagnostics;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <content>What JSON does not show by itself: values that a converter writes, and members that others hide.</content>
internal sealed partial class DirectiveComparison
{
    /// <summary>What a converter has made a text of, or the like.</summary>
    private DirectiveDifference? CompareOpaque(object written, object read, Type type, string place)
    {
        if (FrameworkTypes.Has(type))
        {
            return FrameworkTypes.HasEquals(type) || type.IsValueType ? CompareShown(written, read, type, place) : new DirectiveDifference(place, $"is a {type}, which cannot be compared with what would arrive");
        }

        return FrameworkTypes.HasEquals(type)
            ? written.Equals(read) ? CompareShown(written, read, type, place) : new DirectiveDifference(place, AnotherValue)
            : CompareShown(written, read, type, place) ?? CompareHidden(written, read, type, place);
    }

    /// <summary>What no public member shows.</summary>
    private DirectiveDifference? CompareHidden(object written, object read, Type type, string place)
    {
        foreach (HiddenStorage hidden in HiddenStorage.Of(type))
        {
            object? ours = hidden.Field.GetValue(written);
            if (ours is not null && !IsComparable(ours.GetType()))
            {
                continue;
            }

            if (Compare(ours, hidden.Field.GetValue(read), hidden.Field.FieldType, hidden.Name) is not null)
            {
                return new DirectiveDifference(place.Length == 0 ? hidden.Name : $"{place}.{hidden.Name}", hidden.Why);
            }
        }

        return null;
    }

    // A lock, a timer, a Lazy: what it is made of is nobody's data.
    private static bool IsComparable(Type type) => !FrameworkTypes.Has(type) || type.IsValueType || typeof(IEnumerable).IsAssignableFrom(type) || FrameworkTypes.HasEquals(type);

    private DirectiveDifference? CompareShown(object written, object read, Type type, string place)
    {
        if (_shownDepth == 0)
        {
            _shownLeft = MaxShown;
        }

        _shownDepth++;
        try
        {
            return --_shownLeft < 0 ? null : CompareShownMembers(written, read, type, place);
        }
        finally
        {
            _shownDepth--;
        }
    }

    private DirectiveDifference? CompareShownMembers(object written, object read, Type type, string place)
    {
        foreach (MemberInfo member in type.GetMembers(Shown))
        {
            (Type? declared, Func<object, object?>? get) = member switch
            {
                PropertyInfo { CanRead: true } property when property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike && !property.PropertyType.IsByRef && !FrameworkTypes.Has(property.DeclaringType!) =>
                    (property.PropertyType, property.GetValue),
                FieldInfo field when !FrameworkTypes.Has(field.DeclaringType!) => (field.FieldType, (Func<object, object?>)field.GetValue),
                _ => (null, null),
            };
            if (get is null || member.IsDefined(typeof(Newtonsoft.Json.JsonIgnoreAttribute), inherit: true))
            {
                continue;
            }

            string name = place.Length == 0 ? member.Name : $"{place}.{member.Name}";
            try
            {
                if (Compare(get(written), get(read), declared!, name) is { } difference)
                {
                    return difference;
                }
            }
            catch (TargetInvocationException exception)
            {
                return new DirectiveDifference(name, $"cannot be compared: {ExceptionText.TypeOf(exception.InnerException ?? exception)}");
            }
        }

        return null;
    }

    private bool HiddenDiffers(object written, object read, JsonProperty property)
    {
        for (Type? level = written.GetType(); level is not null; level = level.BaseType)
        {
            foreach (PropertyInfo hidden in level.GetProperties(Shown | BindingFlags.DeclaredOnly).Where(hidden => hidden.Name == property.UnderlyingName && hidden.CanRead && hidden.GetIndexParameters().Length == 0))
            {
                if (Compare(hidden.GetValue(written), hidden.GetValue(read), hidden.PropertyType, "") is not null)
                {
                    return true;
                }
            }

            foreach (FieldInfo hidden in level.GetFields(Shown | BindingFlags.DeclaredOnly).Where(hidden => hidden.Name == property.UnderlyingName))
            {
                if (Compare(hidden.GetValue(written), hidden.GetValue(read), hidden.FieldType, "") is not null)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>One object may stand in two places, and arrive as two.</summary>
    private sealed class PairComparer : IEqualityComparer<(object Written, object Read)>
    {
        public static readonly PairComparer Instance = new();

        public bool Equals((object Written, object Read) x, (object Written, object Read) y) => ReferenceEquals(x.Written, y.Written) && ReferenceEquals(x.Read, y.Read);

        public int GetHashCode((object Written, object Read) obj) => HashCode.Combine(RuntimeHelpers.GetHashCode(obj.Written), RuntimeHelpers.GetHashCode(obj.Read));
    }
}
