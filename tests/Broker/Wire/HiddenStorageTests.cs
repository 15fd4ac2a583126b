using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1034, CA1044, CA2227, CS9124, CS0414, CS0067, IDE0032, IDE0052, S4487 // Directives as users write them.

/// <summary>What a directive keeps where no public member shows it was left out without a word.</summary>
public sealed class HiddenStorageTests
{
    public static TheoryData<TaskDirective, string, string> Hiding => new()
    {
        { new WithInternal { Number = 1, Kept = 2 }, "Kept", "[JsonProperty]" },
        { new WithProtected().Set(3), "Kept", "[JsonProperty]" },
        { new InBase().Set(3), "Kept", "[JsonProperty]" },
        { new Captured("secret"), "text", "public property" },
        { new WithField(5), "_number", "[JsonProperty]" },
        { Explicit("secret"), "Tenant", "public property" },
        { new OnlySet { Number = 5 }, "_number", "[JsonProperty]" },
        { new Settable<Money> { Value = new Money(5) }, "Value._amount", "[JsonProperty]" },
        { new Settable<List<Email>> { Value = [new Email("secret")] }, "Value[0]._text", "[JsonProperty]" },
    };

    [Theory]
    [MemberData(nameof(Hiding), DisableDiscoveryEnumeration = true)]
    public void What_no_public_member_shows_is_refused_where_it_would_be_lost(TaskDirective directive, string place, string advice)
    {
        DirectiveRefusedException refused = Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(directive));
        Assert.Equal(place, refused.Place);
        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<TaskDirective, string> Harmless => new()
    {
        { new WithInternal { Number = 1 }, """{"Number":1}""" },
        { new Backed { Number = 5 }, """{"Number":5}""" },
        { new Cached { Number = 1 }.Use(), """{"Number":1,"Label":"1"}""" },
        { new CachedAndIgnored { Number = 1 }.Use(), """{"Number":1}""" },
        { new WithGate { Number = 1 }.Listen(), """{"Number":1}""" },
        { new Marked(7), """{"Sent":7}""" },
        { new OptingIn { Sent = 1, Left = 2 }, """{"Sent":1}""" },
        { new Looping().Loop(), """{"Number":1}""" },
    };

    [Theory]
    [MemberData(nameof(Harmless), DisableDiscoveryEnumeration = true)]
    public void What_is_shown_or_marked_or_no_data_is_sent(TaskDirective directive, string json) => Assert.Equal(json, Encoding.UTF8.GetString(DirectiveJson.Write(directive)));

    private static WithExplicit Explicit(string tenant)
    {
        var directive = new WithExplicit();
        ((ITenant)directive).Tenant = tenant;
        return directive;
    }

    public sealed class WithInternal : TaskDirective
    {
        public int Number { get; set; }

        internal int Kept { get; set; }
    }

    public class WithProtected : TaskDirective
    {
        protected int Kept { get; set; }

        public WithProtected Set(int value)
        {
            Kept = value;
            return this;
        }
    }

    public sealed class InBase : WithProtected
    {
        public int Number { get; set; }
    }

    public sealed class Captured(string text) : TaskDirective
    {
        public string Reveal() => text;
    }

    public sealed class WithField : TaskDirective
    {
        private readonly int _number;

        public WithField()
        {
        }

        public WithField(int number) => _number = number;

        public int Reveal() => _number;
    }

    public interface ITenant
    {
        string? Tenant { get; set; }
    }

    public sealed class WithExplicit : TaskDirective, ITenant
    {
        string? ITenant.Tenant { get; set; }
    }

    public sealed class OnlySet : TaskDirective
    {
        private int _number;

        public int Number
        {
            set => _number = value;
        }

        public int Reveal() => _number;
    }

#pragma warning disable CA1815 // As users write them.
    public readonly struct Money(decimal amount)
    {
        private readonly decimal _amount = amount;

        public decimal Reveal() => _amount;
    }
#pragma warning restore CA1815

    public sealed class Email(string text)
    {
        private readonly string _text = text;

        public override string ToString() => _text;
    }

    public sealed class Backed : TaskDirective
    {
        private int _number;

        public int Number
        {
            get => _number;
            set => _number = value;
        }
    }

    public sealed class Cached : TaskDirective
    {
        private string? _label;

        public int Number { get; set; }

        public string Label => _label ??= $"{Number}";

        public Cached Use()
        {
            _ = Label;
            return this;
        }
    }

    public sealed class CachedAndIgnored : TaskDirective
    {
        private string? _label;

        public int Number { get; set; }

        [JsonIgnore]
        public string Label => _label ??= $"{Number}";

        public CachedAndIgnored Use()
        {
            _ = Label;
            return this;
        }
    }

    public sealed class WithGate : TaskDirective
    {
        private readonly object _gate = new();
        private readonly Lock _lock = new();
        private readonly Lazy<int> _lazy = new(5);

        public event EventHandler? Changed;

        public int Number { get; set; }

        public WithGate Listen()
        {
            Changed += (_, _) => { };
            return this;
        }
    }

    public sealed class Marked : TaskDirective
    {
        [JsonIgnore]
        private readonly int _left;

        [NonSerialized]
        private readonly int _leftToo;

        public Marked()
        {
        }

        public Marked(int value) => (_left, _leftToo, Sent) = (value, value, value);

        [JsonProperty]
        internal int Sent { get; private set; }

        [JsonIgnore]
        internal int Left => _left + _leftToo;
    }

    [JsonObject(MemberSerialization.OptIn)]
    public sealed class OptingIn : TaskDirective
    {
        [JsonProperty]
        public int Sent { get; set; }

        internal int Left { get; set; }
    }

    public sealed class Looping : TaskDirective
    {
        [JsonIgnore]
        public Looping? Self { get; set; }

        public int Number { get; set; } = 1;

        public Looping Loop()
        {
            Self = this;
            return this;
        }
    }
}
