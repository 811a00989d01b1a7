#pragma once

#include "random_stream.hpp"
#include "replay_buffer.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/sim/event_registry.hpp>
#include <gatehouse/sim/statistics.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::sim {

class gateway_session;

/// What Discord remembers of a session, connected or not.
struct session {
  explicit session(std::size_t replay_events) : replay(replay_events) {}

  std::string id;
  std::uint32_t shard_id = 0;
  std::uint32_t shard_count = 1;
  std::uint64_t intents = 0;
  std::uint64_t seq = 0;     ///< the last one used
  std::uint64_t events = 0;  ///< dispatches numbered so far
  replay_buffer replay;
  event_registry::session_index registry_index = 0;

  /// That speak for it, oldest first: more than one under `resume_policy::keep` alone.
  std::vector<gateway_session*> connections;
  std::optional<runtime::time_point> away_since;
  std::uint64_t heartbeats = 0;
  std::optional<std::uint64_t> last_heartbeat_seq;

  /// Events on their way to a session with a delivery delay, oldest first.
  struct delayed_event {
    runtime::time_point due;
    std::string type;
    std::string d;
  };
  runtime::duration delivery_delay{0};
  std::deque<delayed_event> delayed;
};

/// All sessions of the token, found by id or by the guilds they cover. A session covers a guild
/// when (guild_id >> 22) % shard_count == shard_id, whatever other sessions exist
/// (discord-api-docs: gateway, Sharding).
class session_store {
 public:
  session_store(std::uint64_t seed, std::size_t replay_events)
      : random_(seed ^ 0x5E5510ULL), replay_events_(replay_events) {}

  session& create(std::uint32_t shard_id, std::uint32_t shard_count, std::uint64_t intents);
  session* find(std::string_view id);
  void end(const std::string& id, runtime::time_point now);
  /// A connection speaks for it from now on, or does not any more.
  void attach(session& joined, gateway_session& connection, runtime::time_point now);
  void detach(session& left, gateway_session& connection, runtime::time_point now);
  /// Ends what has been away for `lifetime`.
  void expire(runtime::time_point now, runtime::duration lifetime);

  /// Calls `visit(session&)` for each session that covers the guild.
  template <typename Visitor>
  void each_covering(std::uint64_t guild_id, Visitor&& visit) {
    for (auto& [count, shards] : by_shard_) {
      for (session* const candidate : shards[(guild_id >> 22U) % count]) visit(*candidate);
    }
  }
  template <typename Visitor>
  void each(Visitor&& visit) {
    for (auto& [id, entry] : by_id_) visit(*entry);
  }
  [[nodiscard]] std::size_t size() const noexcept { return by_id_.size(); }
  /// Every shard that has ever been connected.
  [[nodiscard]] std::vector<shard_presence> presences(runtime::time_point now) const;
  /// Incremented whenever a session begins or ends.
  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }

 private:
  using sessions_of_shard = std::vector<session*>;
  struct watched_shard {
    shard_presence seen;
    std::optional<runtime::time_point> away_since;  ///< of all its sessions
  };

  void count_live(const session& changed, bool is_live, runtime::time_point now);

  random_stream random_;
  std::size_t replay_events_;
  std::uint64_t revision_ = 0;
  std::map<std::string, std::unique_ptr<session>, std::less<>> by_id_;
  std::map<std::uint32_t, std::vector<sessions_of_shard>> by_shard_;  ///< by shard count, then id
  std::map<std::pair<std::uint32_t, std::uint32_t>, watched_shard> watched_;  ///< likewise
};

}  // namespace gatehouse::sim
