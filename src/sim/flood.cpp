#include "flood.hpp"

#include "event_hub.hpp"
#include "gateway_session.hpp"

namespace gatehouse::sim {
namespace {

/// Enough for large writes, little enough that a heartbeat ACK is not delayed noticeably.
constexpr std::size_t room_per_connection = 256U << 10U;

}  // namespace

void event_flood::make_lanes(std::uint64_t events) {
  lane_count_ = 1;
  shared_.sessions.each([&](const session& entry) { lane_count_ = entry.shard_count; });
  lanes_.assign(lane_count_, {});
  for (const auto guild_id : shared_.factory.guild_ids()) {
    lanes_[(guild_id >> 22U) % lane_count_].guilds.push_back(guild_id);
  }
  // A shard without guilds, or that nobody has connected, takes no share.
  std::erase_if(lanes_, [&](const lane& candidate) {
    bool covered = false;
    for (const auto guild_id : candidate.guilds) {
      shared_.sessions.each_covering(guild_id, [&](const session&) { covered = true; });
      if (covered) break;
    }
    return !covered;
  });
  remaining_ = lanes_.empty() ? 0 : events;
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    lanes_[index].remaining = events / lanes_.size() + (index < events % lanes_.size() ? 1 : 0);
  }
}

void event_flood::start(std::uint64_t events) {
  make_lanes(events);
  pump();
}

void event_flood::hold(bool held) {
  shared_.sessions.each([&](const session& entry) {
    for (auto* const connection : entry.connections) connection->hold(held);
  });
}

void event_flood::prepare(std::uint64_t events) {
  make_lanes(events);
  hold(true);
  const auto now = runtime::clock::now();
  for (auto& each : lanes_) {
    for (; each.remaining > 0; --each.remaining, --remaining_) {
      shared_.hub->publish_from_mix(each.guilds[each.next++ % each.guilds.size()], now);
    }
  }
}

void event_flood::release() {
  hold(false);
}

bool event_flood::has_room(std::uint64_t guild_id) {
  bool attached = false;
  bool room = true;
  shared_.sessions.each_covering(guild_id, [&](const session& target) {
    for (const auto* const connection : target.connections) {
      attached = true;
      room = room && connection->pending_bytes() < room_per_connection;
    }
  });
  return attached && room;
}

void event_flood::pump(lane& moved) {
  const auto now = runtime::clock::now();
  while (moved.remaining > 0) {
    const auto guild_id = moved.guilds[moved.next % moved.guilds.size()];
    if (!has_room(guild_id)) return;
    shared_.hub->publish_from_mix(guild_id, now);
    ++moved.next;
    --moved.remaining;
    --remaining_;
  }
}

void event_flood::drained(const session& drained) {
  if (remaining_ == 0 || pumping_) return;
  pumping_ = true;
  for (auto& each : lanes_) {
    const bool concerned = drained.shard_count != lane_count_ ||
                           (each.guilds.front() >> 22U) % lane_count_ == drained.shard_id;
    if (concerned) pump(each);
  }
  pumping_ = false;
  shared_.hub->strike_reached();
}

void event_flood::pump() {
  if (remaining_ == 0 || pumping_) return;
  pumping_ = true;
  for (auto& each : lanes_) pump(each);
  pumping_ = false;
  shared_.hub->strike_reached();
}

}  // namespace gatehouse::sim
