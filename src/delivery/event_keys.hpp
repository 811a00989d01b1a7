#pragma once

#include <gatehouse/events/event.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>

namespace gatehouse::delivery {

/// Names an event. The position alone does not: what an earlier run has left on disk was numbered
/// by the workers of that run, which may have shared out the shards in another way.
struct event_key {
  int shard_id = 0;
  std::int64_t position = 0;
  bool operator==(const event_key&) const = default;
};

inline event_key key_of(const events::event& event) noexcept {
  return {event.shard_id(), event.position};
}

struct event_key_hash {
  std::size_t operator()(const event_key& key) const noexcept {
    const auto shard = static_cast<std::uint64_t>(static_cast<unsigned>(key.shard_id));
    return static_cast<std::size_t>(static_cast<std::uint64_t>(key.position) ^ (shard << 40U));
  }
};

template <class Value>
using key_map = boost::unordered_flat_map<event_key, Value, event_key_hash>;

}  // namespace gatehouse::delivery
