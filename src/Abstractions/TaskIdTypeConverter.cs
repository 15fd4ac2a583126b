using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BrokerQueues;

/// <summary>A <see cref="TaskId"/> as text, for configuration binding, and for Newtonsoft.Json, which writes a type with such a converter as a string.</summary>
internal sealed class TaskIdTypeConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    // Empty text is what the default id is written as.
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? text.Length == 0 ? default(TaskId) : TaskId.Parse(text, culture) : base.ConvertFrom(context, culture, value);

    public override bool CanConvertTo(ITypeDescriptorContext? context, [NotNullWhen(true)] Type? destinationType) =>
        destinationType == typeof(string) || base.CanConvertTo(context, destinationType);

    public override object? ConvertTo(ITypeDescriptorContext? context, CultureInfo? culture, object? value, Type destinationType) =>
        destinationType == typeof(string) && value is TaskId id ? id.Value : base.ConvertTo(context, culture, value, destinationType);
}
