namespace BrokerQueues.Benchmarks.Growth.Report;

/// <summary>A table for the console: the first column left, figures right.</summary>
internal sealed class ConsoleTable(string title, params string[] columns)
{
    private readonly List<string[]> _rows = [columns];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output)
    {
        int[] widths = [.. columns.Select((_, column) => _rows.Max(row => row[column].Length))];
        output.WriteLine();
        output.WriteLine(title);
        foreach (string[] row in _rows)
        {
            output.WriteLine("  " + string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }
    }
}
