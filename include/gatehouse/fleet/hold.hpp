#pragma once

#include <gatehouse/fleet/messages.hpp>
#include <gatehouse/fleet/records.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <map>
#include <optional>

namespace gatehouse::fleet {

/// What one member knows of one shard, and what it is doing about it.
struct hold {
  enum class stage : std::uint8_t {
    idle,              ///< not held
    reading,           ///< its `own` record
    reading_position,  ///< of an owner that is dead
    claiming,
    held,
    releasing,  ///< its connection is being closed
    returning,  ///< the record is to say that it is released
  };

  stage now_in = stage::idle;
  own_record record;  ///< as last read or written; while held: as it should be
  std::uint64_t revision = 0;
  bool is_unsaved = false;           ///< the record in the bucket is not yet this one
  bool is_takeover = false;          ///< its owner is dead
  bool is_awaited = false;           ///< another member waits for its release
  runtime::time_point not_before{};  ///< for the next attempt to claim

  bool wants_identify = false;
  runtime::time_point next_question{};
  std::map<std::uint64_t, runtime::time_point> questions;  ///< when each was asked, by number
  std::optional<granted_leave> leave;                      ///< given, and not used yet

  [[nodiscard]] bool is_held() const noexcept {
    return now_in == stage::held || now_in == stage::releasing;
  }
};

}  // namespace gatehouse::fleet
