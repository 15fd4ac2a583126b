using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace BrokerQueues.Broker.Hosting;

/// <summary>
/// Reads options from their section, by the names of their properties. Not by the binder: it passes over keys that it does not know, and ends at the first value that it
/// cannot convert, without telling what could be written.
/// </summary>
/// <param name="mistakes">Gets what is wrong, each with its path and what to write.</param>
/// <param name="elsewhere">Options of other sections, which may have been written here, with where they belong.</param>
internal sealed class OptionsReader(List<string> mistakes, params (Type Options, string Path)[] elsewhere)
{
    private const int LongestShown = 60;

    /// <param name="section">Where they stand.</param>
    /// <param name="options">Gets them.</param>
    /// <param name="apart">Names that the caller reads, or others do.</param>
    public void Read(IConfigurationSection section, object options, params string[] apart)
    {
        var properties = options.GetType().GetProperties().ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        string[] names = [.. properties.Keys.Union(apart, StringComparer.OrdinalIgnoreCase)];
        if (!string.IsNullOrEmpty(section.Value))
        {
            // Not quoted: it may be a URI.
            mistakes.Add($"{section.Path} has a value of its own. It is a section: write {section.Path}:{names[0]} and the like.");
        }

        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (apart.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!properties.TryGetValue(child.Key, out PropertyInfo? property))
            {
                mistakes.Add($"{child.Path}: there is no such option. {WhatIsMeant(child.Key, names)}");
            }
            else if (ReadValue(child, property) is { } value)
            {
                property.SetValue(options, value);
            }
        }
    }

    /// <summary>Its value; null where it has none, or a section stands there.</summary>
    public string? ReadText(IConfigurationSection section)
    {
        if (section.GetChildren().FirstOrDefault() is not { } child)
        {
            return section.Value;
        }

        mistakes.Add($"{child.Path}: {section.Path} is one value, no section and no list. Write the value itself.");
        return null;
    }

    private string WhatIsMeant(string key, string[] names)
    {
        foreach ((Type options, string path) in elsewhere)
        {
            if (options.GetProperties().FirstOrDefault(property => property.Name.Equals(key, StringComparison.OrdinalIgnoreCase)) is { } meant)
            {
                return $"Write it as {path}:{meant.Name}.";
            }
        }

        return NearNames.Suggest(key, names, "Its options are");
    }

    private object? ReadValue(IConfigurationSection section, PropertyInfo property)
    {
        if (ReadText(section) is not { } text)
        {
            return null;
        }

        Type? nullable = Nullable.GetUnderlyingType(property.PropertyType);
        if (nullable is not null && text.Length == 0)
        {
            // An environment variable says null so.
            return null;
        }

        Type type = nullable ?? property.PropertyType;
        return type == typeof(string) ? text
            : type == typeof(bool) ? Converted(bool.TryParse(text, out bool flag), flag, section, "; write true or false.")
            : type == typeof(int) ? Converted(int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number), number, section, "; write a whole number, such as 10.")
            : type == typeof(TimeSpan) ? Converted(TimeText.TryRead(text, out TimeSpan time), time, section, WhyNoTime(text))
            : type.IsEnum ? ReadName(section, text, type, property)
            : throw new NotSupportedException($"{property.Name} is of a type that is not read.");
    }

    private object? Converted<T>(bool isRead, T value, IConfigurationSection section, string why)
    {
        if (!isRead)
        {
            string text = section.Value!;
            mistakes.Add($"{section.Path} is \"{(text.Length > LongestShown ? $"{text[..LongestShown]}..." : text)}\"{why}");
        }

        return isRead ? value : null;
    }

    private static string WhyNoTime(string text) => TimeText.TryReadAsDotNet(text, out string? meaning)
        ? $", which means {meaning}. Write {TimeText.Form}."
        : $"; write {TimeText.Form}.";

    private object? ReadName(IConfigurationSection section, string text, Type type, PropertyInfo property)
    {
        string[] written = type.IsDefined(typeof(FlagsAttribute)) ? text.Split(',', StringSplitOptions.TrimEntries) : [text.Trim()];
        string[] names = Enum.GetNames(type);
        bool isRead = written.All(name => names.Contains(name, StringComparer.OrdinalIgnoreCase));
        string[] denied = [.. property.GetCustomAttribute<System.ComponentModel.DataAnnotations.DeniedValuesAttribute>()?.Values.Select(value => $"{value}") ?? []];
        string[] useful = [.. names.Except(denied).Where(name => !type.GetField(name)!.IsDefined(typeof(ObsoleteAttribute)))];
        return Converted(isRead, isRead ? Enum.Parse(type, text, ignoreCase: true) : null, section, $"; write {string.Join(", ", useful[..^1])} or {useful[^1]}.");
    }
}
