#pragma once

#include "daemon_process.hpp"

#include <gatehouse/sim/event_handler.hpp>
#include <gatehouse/sim/simulator.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace gatehouse::sim {

/// For the message of a test that expected none.
inline void PrintTo(const violation& shown, std::ostream* out) {
  *out << to_string(shown.kind) << ": " << shown.text;
  if (shown.shard_id) *out << " (shard " << *shown.shard_id << ')';
}

}  // namespace gatehouse::sim

namespace gatehouse::test {

/// A configuration for the daemon as TOML, with short waits. `add` sets one more `key = value` of a
/// table, or replaces it.
class config_text {
 public:
  config_text(const sim::simulator& discord, const std::vector<std::string>& handler_urls);

  config_text& add(const std::string& table, const std::string& line);
  [[nodiscard]] std::string str() const;

 private:
  struct table {
    std::string name;
    std::vector<std::string> lines;
  };
  std::vector<table> tables_;
};

/// A simulator that lets everybody in quickly.
sim::sim_options quick_discord(std::uint32_t shards);

/// The daemon has received READY or RESUMED on every one of its shards.
bool wait_for_start(const daemon_process& daemon, std::size_t shards);

/// Discord holds so many connected sessions; their READY may still be on its way.
bool wait_for_sessions(const sim::simulator& discord, std::size_t sessions);

/// The flood has been taken and every event that was sent has been received.
bool wait_for_everything(const sim::simulator& discord);

/// Each event once, in its guild's order, with the bytes that were sent.
void expect_flawless(const sim::event_handler& handler);

}  // namespace gatehouse::test
