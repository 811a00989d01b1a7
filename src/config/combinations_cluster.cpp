#include "combinations.hpp"

#include <string>
#include <string_view>

namespace gatehouse::config {
namespace {

void require_servers(reading& in, position at) {
  if (has_nats_servers(in)) return;
  in.report(at, "cluster.enabled",
            "needs NATS, and nats.servers is not set, for example [\"nats://127.0.0.1:4222\"]");
}

/// Which shards are whose is what the members settle among themselves.
void refuse_ranges(reading& in) {
  for (const std::string_view key : {"gateway.first_shard_id", "gateway.last_shard_id"}) {
    if (!in.has(key)) continue;
    in.report(in.marks.find(key)->second.front().at, key,
              "is set besides cluster.enabled; allowed: one of the two");
  }
}

std::string text_of(milliseconds time) {
  return std::to_string(time.count());
}

/// At the key that was set, if one of the two was.
position place_of(const reading& in, std::string_view key, std::string_view other,
                  position else_at) {
  if (const auto* set = in.valid(key)) return set->at;
  if (const auto* set = in.valid(other)) return set->at;
  return else_at;
}

void check_times(reading& in, position at) {
  constexpr int beats = 4;
  const auto& chosen = in.values.cluster;
  if (in.known("cluster.takeover_ms") && in.known("cluster.heartbeat_ms") &&
      chosen.takeover < beats * chosen.heartbeat) {
    in.report(place_of(in, "cluster.takeover_ms", "cluster.heartbeat_ms", at),
              "cluster.takeover_ms",
              "is " + text_of(chosen.takeover) +
                  "; allowed: at least four times cluster.heartbeat_ms, which is " +
                  text_of(chosen.heartbeat));
  }
  if (in.known("cluster.identify_fence_ms") && in.known("cluster.isolated_after_ms") &&
      chosen.identify_fence <= chosen.isolated_after) {
    in.report(place_of(in, "cluster.identify_fence_ms", "cluster.isolated_after_ms", at),
              "cluster.identify_fence_ms",
              "is " + text_of(chosen.identify_fence) +
                  "; allowed: more than cluster.isolated_after_ms, which is " +
                  text_of(chosen.isolated_after));
  }
}

}  // namespace

void check_cluster(reading& in) {
  const auto* const enabled = in.valid("cluster.enabled");
  if (enabled == nullptr || !in.values.cluster.enabled) return;
  const auto at = enabled->at;
  require_servers(in, at);
  refuse_ranges(in);
  check_times(in, at);
}

}  // namespace gatehouse::config
