#pragma once

#include "simulation.hpp"

#include <cstdint>
#include <vector>

namespace gatehouse::sim {

/// Many events as fast as the clients take them. Guilds are divided into lanes, one per shard of
/// the sessions that exist at the start; a lane goes on while the connections of its next guild
/// have room, and waits while one of its sessions is away.
class event_flood {
 public:
  explicit event_flood(simulation& shared) : shared_(shared) {}

  void start(std::uint64_t events);
  /// Publishes the whole run at once into connections that hold it back until `release`.
  void prepare(std::uint64_t events);
  void release();

  /// A connection has written everything it had.
  void drained(const session& drained);
  /// Moves every lane on; for what no drained connection tells of, as a resume.
  void pump();
  [[nodiscard]] std::uint64_t remaining() const noexcept { return remaining_; }

 private:
  struct lane {
    std::vector<std::uint64_t> guilds;
    std::size_t next = 0;
    std::uint64_t remaining = 0;
  };

  void make_lanes(std::uint64_t events);
  void pump(lane& moved);
  [[nodiscard]] bool has_room(std::uint64_t guild_id);
  void hold(bool held);

  simulation& shared_;
  std::uint32_t lane_count_ = 1;
  std::vector<lane> lanes_;
  std::uint64_t remaining_ = 0;
  bool pumping_ = false;
};

}  // namespace gatehouse::sim
