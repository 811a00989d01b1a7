#pragma once

#include "simulation.hpp"

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sim {

/// Takes events to the sessions they concern: numbers, records, keeps for replay, sends.
class event_hub {
 public:
  explicit event_hub(simulation& shared) : shared_(shared) {}

  /// To one session, whatever its intents.
  void dispatch(session& target, std::string_view type, std::string_view d);

  /// A generated event to every session that covers the guild and wants it. Returns its running
  /// number; 0 when there is no such session, and the number then stays unused.
  std::uint64_t publish(std::uint64_t guild_id, std::string_view type, runtime::time_point now);
  /// The same with a type out of the usual mix.
  std::uint64_t publish_from_mix(std::uint64_t guild_id, runtime::time_point now);
  /// INTERACTION_CREATE; returns the interaction's id, 0 when nobody is to get it.
  std::uint64_t publish_interaction(std::uint64_t guild_id, int interaction_type,
                                    runtime::time_point now);
  void publish_raw(std::uint64_t guild_id, std::string_view type, std::string_view d,
                   runtime::time_point now);
  void publish_raw_to_shard(std::uint32_t shard_id, std::string_view type, std::string_view d,
                            runtime::time_point now);

  /// Sends delayed events that are due.
  void send_delayed(runtime::time_point now);
  /// Lets faults strike that wait for a number of events. Ends sessions: call it with no session
  /// reference in hand.
  void strike_reached();
  void strike(const fault& what);
  /// Brings the statistics up to date.
  void publish_statistics();

 private:
  [[nodiscard]] std::uint64_t wanted_intents(std::uint64_t guild_id);
  bool anybody_wants(std::uint64_t guild_id, std::string_view type);
  void send_to_covering(std::uint64_t guild_id, std::string_view type, std::string_view d,
                        runtime::time_point now);
  void dispatch_or_delay(session& target, std::string_view type, std::string_view d,
                         runtime::time_point now);
  void note_raw_interaction(std::string_view type, std::string_view d, runtime::time_point now);

  simulation& shared_;
  std::uint64_t events_ = 0;
  std::string scratch_;
  std::vector<std::string> reached_;  ///< sessions at or past fault_plan::next_event
};

}  // namespace gatehouse::sim
