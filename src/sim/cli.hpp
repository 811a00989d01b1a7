#pragma once

#include <gatehouse/sim/event_handler.hpp>
#include <gatehouse/sim/fault.hpp>
#include <gatehouse/sim/options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::sim {

/// The command line of gatehouse-sim.
struct cli_options {
  sim_options simulator;
  std::uint32_t shards = 1;  ///< recommended, and waited for before a flood
  std::uint64_t flood = 0;
  bool prepared = false;
  bool wait_for_signal = false;  ///< a prepared flood starts with SIGUSR1
  bool exit_when_delivered = false;
  std::uint32_t seconds = 0;  ///< 0: until a signal
  bool live = false;
  bool json = false;
  std::string ready_file;
  std::string ca_file_out;
  std::optional<std::uint16_t> handler_port;
  event_handler_options handler;
  bool verify = true;
  bool latency = false;
  std::uint32_t handler_delay_ms = 0;
  std::vector<fault> faults;
  std::vector<rest_fault> rest_faults;
};

/// Nothing when the program is to end at once, with `exit_code`: help, or a mistake, which has
/// been explained on stderr.
std::optional<cli_options> parse_command_line(int argument_count, const char* const* arguments,
                                              int& exit_code);

/// Serves until told to stop; returns the process's exit code.
int run(const cli_options& options);

}  // namespace gatehouse::sim
