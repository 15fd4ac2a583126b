using System.Globalization;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>A payload of many small tokens: numbers, short texts, an object for each parcel.</summary>
internal sealed class ShipmentDirective : TaskDirective
{
    public long Id { get; set; }

    public string City { get; set; } = "";

    public DateTime Due { get; set; }

    public IList<Parcel> Parcels { get; set; } = [];

    /// <summary>One whose body has about 100 bytes and about 120 more for each parcel.</summary>
    public static ShipmentDirective With(int parcels) => new()
    {
        Id = 1_234_567,
        City = "Lüneburg",
        Due = new DateTime(2026, 11, 3, 9, 14, 27, DateTimeKind.Utc),
        Parcels = [.. Enumerable.Range(1, parcels).Select(Parcel.Numbered)],
    };

    internal sealed class Parcel
    {
        public int Number { get; set; }

        public string Article { get; set; } = "";

        public decimal Price { get; set; }

        public double Weight { get; set; }

        public bool IsFragile { get; set; }

        public string? Note { get; set; }

        public static Parcel Numbered(int number) => new()
        {
            Number = number,
            Article = string.Create(CultureInfo.InvariantCulture, $"bolt M8 x {number * 5 % 100}"),
            Price = 12.50m + number,
            Weight = 0.25 * number,
            IsFragile = number % 2 == 0,
            Note = number % 3 == 0 ? "the one they call \"long\"" : null,
        };
    }
}
