#pragma once

#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gatehouse::delivery::testing {

/// Makes events as a shard does: numbered by session, opened in its log. Must outlive them.
class event_maker {
 public:
  struct traits {
    int shard_id = 0;
    std::uint64_t guild_id = 0;
    std::string_view name = "MESSAGE_CREATE";
    bool is_barrier = false;
    runtime::time_point received = runtime::clock::now();
    std::string payload{};  ///< empty: `{"n":<seq>}`
  };

  static constexpr int total_shards = 4;

  events::event_ptr make(const traits& wanted) {
    auto& session = sessions[wanted.shard_id];
    if (!session) {
      session = new events::session_log{
          wanted.shard_id, "session" + std::to_string(wanted.shard_id), 0, {}, total_shards};
    }
    const std::int64_t seq = ++seqs_[wanted.shard_id];
    const std::string payload =
        wanted.payload.empty() ? "{\"n\":" + std::to_string(seq) + "}" : wanted.payload;
    auto made =
        pool.make("{\"shardId\":" + std::to_string(wanted.shard_id) + ",\"message\":", payload);
    made->session = session;
    made->seq = seq;
    made->guild_id = wanted.guild_id;
    made->type = types.intern(wanted.name);
    made->is_barrier = wanted.is_barrier;
    made->received = wanted.received;
    made->position = ++position_;
    session->open(seq);
    return made;
  }

  events::event_type_registry types;
  events::event_pool pool;
  std::map<int, events::session_log_ptr> sessions;

 private:
  std::int64_t position_ = 0;
  std::map<int, std::int64_t> seqs_;
};

}  // namespace gatehouse::delivery::testing
