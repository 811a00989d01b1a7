#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::fleet {

/// What one member knows of the fleet, at one moment. By value, for any thread.
struct fleet_view {
  struct member_line {
    std::string name;
    std::uint64_t incarnation = 0;
    std::string state;        ///< ready, draining, silent, dead, misfit
    std::size_t planned = 0;  ///< shards that the plan gives it
    runtime::duration silence{};
    bool is_coordinator = false;
  };
  struct shard_line {
    int shard_id = 0;
    std::string planned_for;  ///< empty: nobody can take it
    std::string here;  ///< what this member does about it: owned, claiming, releasing; or empty
    std::uint64_t epoch = 0;  ///< of what is here
  };

  std::string name;
  std::string member;
  std::uint64_t incarnation = 0;
  std::string state;    ///< waiting for NATS, joining, joined, draining, ended
  std::string contact;  ///< live, isolated, stopped
  bool is_coordinator = false;
  std::uint64_t term = 0;
  std::uint64_t plan_revision = 0;
  int total_shards = 0;              ///< 0: there is no plan yet
  std::vector<member_line> members;  ///< by name
  std::vector<shard_line> shards;    ///< by id

  std::size_t assigned = 0;  ///< to this member, by the plan
  std::size_t owned = 0;
  std::size_t claiming = 0;

  bool is_engine_connected = false;
  std::string engine_server;
  std::string engine_error;
  runtime::duration engine_silence{};  ///< since the last answer
  std::uint64_t writes_refused = 0;    ///< another member was faster
  std::uint64_t takeovers = 0;         ///< shards taken whose owner was dead
  std::uint64_t bad_messages = 0;      ///< that made no sense
};

}  // namespace gatehouse::fleet
