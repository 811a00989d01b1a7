#pragma once

#include <gatehouse/fleet/records.hpp>
#include <gatehouse/telemetry/json_writer.hpp>

/// What records and messages have in common when they are written.
namespace gatehouse::fleet {

using telemetry::json_writer;

inline void write(json_writer& into, const identity& who) {
  into.member("member", who.member).member("incarnation", who.incarnation);
}

inline void write(json_writer& into, const granted_leave& leave) {
  into.member("shard", leave.shard_id);
  write(into, leave.asker);
  into.member("epoch", leave.epoch).member("number", leave.number);
}

}  // namespace gatehouse::fleet
