#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::storage {

/// In which order events are dropped when there is no room.
enum class event_rank : std::uint8_t { shed_first, ordinary, last_resort };

/// Names a stored event. Positions ascend in the order of arrival and are unique within a shard.
struct event_key {
  int shard_id = 0;
  std::int64_t position = 0;
  bool operator==(const event_key&) const = default;
};

/// What is known about a stored event beside its payload.
struct event_facts {
  event_key key;
  int route = 0;  ///< which handler URL, by the numbering of the running configuration
  std::uint64_t guild_id = 0;
  std::int64_t seq = 0;  ///< 0: made by gatehouse, not by Discord
  std::string session_id;
  std::string type;  ///< `t` as it goes to the handler
  event_rank rank = event_rank::ordinary;
  bool is_barrier = false;
  std::int64_t received_unix_ms = 0;
  std::uint32_t attempts = 0;
  int deferred = 0;  ///< callback type of an answered interaction; 0: not answered
  bool operator==(const event_facts&) const = default;
};

/// Some events with their payloads in one piece of memory. Movable from thread to thread.
class event_batch {
 public:
  void add(event_facts facts, std::string_view payload);

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Of all payloads and a flat share for the facts.
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] const event_facts& facts(std::size_t index) const { return entries_[index].facts; }
  /// Lives as long as nothing is added.
  [[nodiscard]] std::string_view payload(std::size_t index) const;

 private:
  struct entry {
    event_facts facts;
    std::size_t offset;
    std::size_t length;
  };
  std::vector<entry> entries_;
  std::string payloads_;
};

}  // namespace gatehouse::storage
