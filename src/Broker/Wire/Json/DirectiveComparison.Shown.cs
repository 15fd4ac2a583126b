using System.Reflection;
using BrokerQueues.Broker.Diagnostics;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <content>What JSON does not show by itself: values that a converter writes, and members that others hide.</content>
internal sealed partial class DirectiveComparison
{
    /// <summary>What a converter has made a text of, or the like.</summary>
    private DirectiveDifference? CompareOpaque(object written, object read, Type type, string place)
    {
        if (IsOfTheFramework(type))
        {
            return HasEquals(type) || type.IsValueType ? CompareShown(written, read, type, place) : new DirectiveDifference(place, $"is a {type}, which cannot be compared with what would arrive");
        }

        return HasEquals(type) && !written.Equals(read) ? new DirectiveDifference(place, AnotherValue) : CompareShown(written, read, type, place);
    }

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
                PropertyInfo { CanRead: true } property when property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike && !property.PropertyType.IsByRef && !IsOfTheFramework(property.DeclaringType!) =>
                    (property.PropertyType, property.GetValue),
                FieldInfo field when !IsOfTheFramework(field.DeclaringType!) => (field.FieldType, (Func<object, object?>)field.GetValue),
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
}
