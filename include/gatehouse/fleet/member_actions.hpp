#pragma once

#include <gatehouse/fleet/isolation.hpp>
#include <gatehouse/fleet/messages.hpp>
#include <gatehouse/fleet/records.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a member asks of its surroundings, and what the engine answers.
namespace gatehouse::fleet {

// ---- to the engine ----

/// From the leader of the bucket.
struct read_key {
  std::string key;
};
/// If the key has this revision; 0: if it does not exist.
struct write_key {
  std::string key;
  record value;
  std::uint64_t expected_revision = 0;
};
enum class audience : std::uint8_t { all, coordinator, one };
struct send_message {
  audience to;
  std::string member;  ///< with `one`
  message content;
};

// ---- to the shards ----

/// Bring it up: resume where it can be, else ask for leave to identify.
struct take_shard {
  int shard_id;
  std::uint64_t epoch;
  int total_shards;
  std::optional<session_record> from;
};
/// Close it with 4000, let its requests end, then `on_released`.
struct release_shard {
  int shard_id;
};
/// It has another owner: close it with 4000 at once and store nothing.
struct drop_shard {
  int shard_id;
};
/// Identify at once, or report that the leave is not used.
struct give_leave {
  granted_leave leave;
  runtime::time_point valid_until;
};
/// With anything but `live`, leave that is not used yet is void.
struct contact_changed {
  contact now;
};

// ---- to the process ----

/// Ask `/gateway/bot`, then `on_limit`.
struct ask_limit {};
struct say {
  bool is_trouble;
  std::string text;
};
/// Another process is this member.
struct end_process {
  std::string why;
};

using action = std::variant<read_key, write_key, send_message, take_shard, release_shard,
                            drop_shard, give_leave, contact_changed, ask_limit, say, end_process>;
using actions = std::vector<action>;

struct key_answer {
  enum class result : std::uint8_t {
    found,
    missing,
    unreadable,  ///< there is one that makes no sense
    stored,
    refused,     ///< the key has another revision
    unanswered,  ///< may have been done, or may yet be
  };
  result what = result::unanswered;
  std::uint64_t revision = 0;   ///< found, unreadable, stored
  std::optional<record> value;  ///< found
  std::string why;              ///< unreadable
};

struct limit_answer {
  int total_shards = 0;  ///< wanted; 0: there was no answer
  int identifies_total = 0;
  int identifies_remaining = 0;
  runtime::duration reset_after{};
  int max_concurrency = 1;
  runtime::time_point asked_at{};
};

}  // namespace gatehouse::fleet
