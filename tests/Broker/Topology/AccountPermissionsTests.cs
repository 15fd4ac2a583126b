using System.Text.RegularExpressions;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Tests.Topology;

public sealed class AccountPermissionsTests
{
    private static readonly BrokerNames s_names = new("eu.");

    private static readonly DeclaredObject[] s_objects =
    [
        .. new[]
        {
            DelayLadder.Topology(s_names),
            TaskQueueTopology.Shared(new QueueDefinition { QueueId = "or ders#1" }, s_names),
            TaskQueueTopology.Shared(new QueueDefinition { QueueId = "news", Behavior = TaskQueueBehavior.Broadcast }, s_names),
            TaskQueueTopology.OfNode(new QueueDefinition { QueueId = "news" }, s_names, "n1", stable: true),
        }.SelectMany(part => part.Exchanges.Select(DeclaredObject.Of).Concat(part.Queues.Select(DeclaredObject.Of))),
    ];

    private static string[] Patterns(bool mayDeclare)
    {
        string command = AccountPermissions.Command("it's", "shop", s_objects, mayDeclare);
        Assert.StartsWith(@"rabbitmqctl set_permissions -p 'it'\''s' 'shop' '^", command, StringComparison.Ordinal);
        return [.. Regex.Matches(command, @"'(?<pattern>\^[^']*\$)'", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(match => match.Groups["pattern"].Value)];
    }

    [Fact]
    public void Who_declares_needs_all_three_on_every_object_and_on_nothing_else()
    {
        string[] patterns = Patterns(mayDeclare: true);
        Assert.Equal(3, patterns.Length);
        Assert.All(patterns, pattern =>
        {
            Assert.All(s_objects, declared => Assert.Matches(pattern, declared.Name));
            Assert.Matches(pattern, "eu.news@another-node");
            Assert.DoesNotMatch(pattern, "eu.orders");
            Assert.DoesNotMatch(pattern, "euXnews");
            Assert.DoesNotMatch(pattern, "eu.news.of.others");
        });
    }

    [Fact]
    public void Who_declares_nothing_needs_configure_on_its_own_queues_alone_and_write_where_it_moves_tasks()
    {
        string[] patterns = Patterns(mayDeclare: false);
        Assert.Equal(["eu.news@n1"], s_objects.Select(declared => declared.Name).Where(name => Regex.IsMatch(name, patterns[0], RegexOptions.None, TimeSpan.FromSeconds(1))));
        Assert.Matches(patterns[1], "eu.or ders#1");
        Assert.Matches(patterns[1], "eu.bq.delay.27");
        Assert.DoesNotMatch(patterns[1], "eu.or ders#1.failed");
        Assert.DoesNotMatch(patterns[1], "eu.news");
        Assert.All(s_objects, declared => Assert.Matches(patterns[2], declared.Name));
    }

    /// <summary>The broker's PCRE takes <c>\ </c> and <c>\#</c> as they are only in its extended mode.</summary>
    [Fact]
    public void A_blank_and_a_hash_are_not_escaped() => Assert.All(Patterns(mayDeclare: true), pattern => Assert.Contains(@"eu\.or ders#1\.failed", pattern, StringComparison.Ordinal));
}
