#pragma once

#include <gatehouse/events/event.hpp>
#include <gatehouse/storage/event_batch.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>

namespace gatehouse::delivery {

/// The position alone does not name an event: what an earlier run has left in the spool was
/// numbered by the workers of that run, which may have shared out the shards in another way.
inline storage::event_key key_of(const events::event& event) noexcept {
  return {event.shard_id(), event.position};
}

struct event_key_hash {
  std::size_t operator()(const storage::event_key& key) const noexcept {
    const auto shard = static_cast<std::uint64_t>(static_cast<unsigned>(key.shard_id));
    return static_cast<std::size_t>(static_cast<std::uint64_t>(key.position) ^ (shard << 40U));
  }
};

template <class Value>
using key_map = boost::unordered_flat_map<storage::event_key, Value, event_key_hash>;
using key_set = boost::unordered_flat_set<storage::event_key, event_key_hash>;

}  // namespace gatehouse::delivery
