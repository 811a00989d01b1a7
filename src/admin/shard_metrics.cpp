#include "shard_metrics.hpp"

#include "spelling.hpp"

#include <array>
#include <chrono>
#include <map>
#include <string>

namespace gatehouse::admin {
namespace {

using kind = metric_text::kind;
using workers = std::vector<std::shared_ptr<const cluster::worker_metrics>>;
/// By number.
using serving_shards = std::map<int, const shard::shard_status*>;

/// Workers tell of the end of a reshard one after the other: for a moment a number may be served
/// twice, or by none.
serving_shards find_serving(const workers& all) {
  serving_shards found;
  for (const auto& worker : all) {
    for (const auto& shard : worker->shards) {
      if (!shard.serves) continue;
      auto& known = found[shard.shard_id];
      if (known == nullptr || known->generation < shard.generation) known = &shard;
    }
  }
  return found;
}

void add_states(metric_text& out, const serving_shards& shards) {
  std::map<gateway::shard_state, std::uint64_t> counts;
  for (const auto& [id, shard] : shards) ++counts[shard->state];
  out.family("gatehouse_shards", kind::gauge, "Serving shards, by state.");
  for (const auto state : all_shard_states) out.sample({{"state", name_of(state)}}, counts[state]);
}

/// One family with a sample for each shard; `value` may leave shards out.
template <class Value>
void add_by_shard(metric_text& out, const serving_shards& shards, Value&& value) {
  for (const auto& [number, shard] : shards) {
    const std::string id = std::to_string(number);
    value(*shard, [&](auto figure) { out.sample({{"shard", id}}, figure); });
  }
}

void add_each(metric_text& out, const serving_shards& shards) {
  out.family("gatehouse_shard_state", kind::gauge,
             "0 connected, 1 connecting, 2 disconnected, 3 waiting for leave to identify, "
             "4 identifying, 5 resuming, 6 offline.");
  add_by_shard(out, shards,
               [](const auto& shard, auto&& put) { put(static_cast<std::uint64_t>(shard.state)); });
  out.family("gatehouse_shard_rtt_seconds", kind::gauge,
             "Round trip of the last heartbeat, in seconds.");
  add_by_shard(out, shards, [](const auto& shard, auto&& put) {
    if (shard.rtt) put(std::chrono::duration<double>(*shard.rtt).count());
  });
  out.family("gatehouse_shard_dispatches_total", kind::counter, "Dispatches received.");
  add_by_shard(out, shards, [](const auto& shard, auto&& put) { put(shard.dispatches); });
  out.family("gatehouse_shard_connections_total", kind::counter, "Connections opened.");
  add_by_shard(out, shards, [](const auto& shard, auto&& put) { put(shard.connections); });
  out.family("gatehouse_shard_gaps_total", kind::counter,
             "Sessions that could not be resumed: events were lost.");
  add_by_shard(out, shards, [](const auto& shard, auto&& put) { put(shard.gaps); });
  out.family("gatehouse_shard_deaf_alarms_total", kind::counter,
             "How often the session was found connected but delivering nothing.");
  add_by_shard(out, shards, [](const auto& shard, auto&& put) { put(shard.deaf_alarms); });
  out.family("gatehouse_shard_guilds", kind::gauge, "Guilds known, those that load included.");
  add_by_shard(out, shards,
               [](const auto& shard, auto&& put) { put(std::uint64_t{shard.guilds}); });
}

/// What would be too many numbers by shard.
void add_totals(metric_text& out, const workers& all) {
  cluster::shard_totals sum;
  for (const auto& worker : all) sum.add(worker->totals);
  out.family("gatehouse_shard_reconnects_total", kind::counter,
             "Connections to Discord given up for another one, by cause.");
  for (std::size_t i = 0; i < sum.reconnects.size(); ++i) {
    out.sample({{"cause", name_of(static_cast<gateway::reconnect_cause>(i))}}, sum.reconnects[i]);
  }
  out.family("gatehouse_shard_repeats_total", kind::counter,
             "Dispatches that Discord has sent again: not forwarded.");
  out.sample(sum.repeats);
  out.family("gatehouse_shard_unreadable_payloads_total", kind::counter,
             "Payloads that could not be parsed: passed over.");
  out.sample(sum.unreadable_payloads);
  out.family("gatehouse_discord_received_bytes_total", kind::counter,
             "Bytes from Discord's gateway, compressed as they came.");
  out.sample(sum.bytes_received);
  out.family("gatehouse_discord_sent_bytes_total", kind::counter, "Bytes to Discord's gateway.");
  out.sample(sum.bytes_sent);
  out.family("gatehouse_commands_sent_total", kind::counter, "Commands sent to Discord.");
  out.sample(sum.commands_sent);
  out.family("gatehouse_commands_dropped_total", kind::counter,
             "Commands accepted, but not sent before their shard was stopped.");
  out.sample(sum.commands_dropped);
}

}  // namespace

void add_shards(metric_text& out, const workers& all) {
  const auto shards = find_serving(all);
  add_states(out, shards);
  add_each(out, shards);
  add_totals(out, all);
}

}  // namespace gatehouse::admin
