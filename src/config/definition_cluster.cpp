#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {
namespace {

constexpr auto cluster = &settings::cluster;

const definition rows[] = {
    {.key = "cluster.enabled",
     .type = value_type::boolean,
     .help = "Hold the bot's shards together with the other processes of this `cluster.name`, over "
             "the servers of `nats.servers`: see docs/fleet.md.",
     .access = field<cluster, &cluster_settings::enabled>()},
    {.key = "cluster.name",
     .least = 1,
     .most = 64,
     .rule = text_rule::member_name,
     .help = "The same for all members, and another one for each bot: its bucket and its subjects "
             "begin with it.",
     .access = field<cluster, &cluster_settings::name>()},
    {.key = "cluster.member",
     .least = 1,
     .most = 64,
     .rule = text_rule::member_name,
     .default_note = "the host's name, up to its first dot",
     .may_be_empty = true,
     .help = "What this process is called. Unique among the members, and the same after a restart: "
             "a member that is back in time keeps its shards.",
     .access = field<cluster, &cluster_settings::member>()},
    {.key = "cluster.max_shards",
     .type = value_type::integer,
     .least = 0,
     .most = 100'000,
     .unit = "shards",
     .help = "This member holds no more of them, even if nobody else can. 0: no limit.",
     .access = field<cluster, &cluster_settings::max_shards>()},
    {.key = "cluster.expected_members",
     .type = value_type::integer,
     .least = 1,
     .most = 1'000,
     .unit = "members",
     .help = "The first start of all waits for so many, so that the first member does not take "
             "every shard.",
     .access = field<cluster, &cluster_settings::expected_members>()},
    {.key = "cluster.join_wait_ms",
     .type = value_type::integer,
     .least = 0,
     .most = 600'000,
     .unit = "ms",
     .help = "How long it waits for them.",
     .access = field<cluster, &cluster_settings::join_wait>()},
    {.key = "cluster.heartbeat_ms",
     .type = value_type::integer,
     .least = 50,
     .most = 10'000,
     .unit = "ms",
     .help = "How often a member tells the others that it lives.",
     .access = field<cluster, &cluster_settings::heartbeat>()},
    {.key = "cluster.takeover_ms",
     .type = value_type::integer,
     .least = 200,
     .most = 600'000,
     .unit = "ms",
     .help =
         "Who is silent for so long has its shards taken over. At least four heartbeats; longer "
         "than a restart takes, if a restarted member is to keep its shards.",
     .access = field<cluster, &cluster_settings::takeover>()},
    {.key = "cluster.identify_fence_ms",
     .type = value_type::integer,
     .least = 20'000,
     .most = 3'600'000,
     .unit = "ms",
     .help = "An heir whose resume is refused identifies only when the owner before it was silent "
             "for so long, or has given the shard away, or is back. Above "
             "`cluster.isolated_after_ms`.",
     .access = field<cluster, &cluster_settings::identify_fence>()},
    {.key = "cluster.when_isolated",
     .type = value_type::choice,
     .choices = names_of<isolated_member>,
     .help = "A member without contact to NATS keeps its connections and goes on with `serve`. "
             "With `stop` it closes them after `cluster.isolated_after_ms`, so that no event is "
             "ever handled under two ids; but then an outage of NATS stops the bot.",
     .access = field<cluster, &cluster_settings::when_isolated>()},
    {.key = "cluster.isolated_after_ms",
     .type = value_type::integer,
     .least = 20'000,
     .most = 3'600'000,
     .unit = "ms",
     .help = "With `cluster.when_isolated = \"stop\"`. Elections and restarts of NATS servers take "
             "up to 17 s and are no isolation.",
     .access = field<cluster, &cluster_settings::isolated_after>()},
    {.key = "cluster.move_batch",
     .type = value_type::integer,
     .least = 1,
     .most = 10'000,
     .unit = "shards",
     .help = "So many shards move from member to member at a time.",
     .access = field<cluster, &cluster_settings::move_batch>()},
    {.key = "cluster.rebalance_threshold_percent",
     .type = value_type::integer,
     .least = 0,
     .most = 100,
     .unit = "%",
     .help = "A member so far above or below its share is a reason to move shards. 100: never.",
     .access = field<cluster, &cluster_settings::rebalance_threshold_percent>()},
};

}  // namespace

std::span<const definition> cluster_rows() {
  return rows;
}

}  // namespace gatehouse::config
