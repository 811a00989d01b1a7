#pragma once

#include <string>
#include <vector>

#include <gatehouse/sim/event_handler.hpp>
#include <gatehouse/sim/simulator.hpp>

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

/// Every session is connected and every guild has arrived at the handler.
bool wait_for_start(const sim::simulator& discord, std::size_t shards);

}  // namespace gatehouse::test
