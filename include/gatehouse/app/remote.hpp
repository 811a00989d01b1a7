#pragma once

#include <gatehouse/app/cli.hpp>

#include <iosfwd>

/// The commands that talk to a running daemon's admin port. Blocking; each returns the exit code.
namespace gatehouse::app {

/// Where a command writes to.
struct console {
  std::ostream& out;
  std::ostream& errors;
  bool is_terminal = false;  ///< `out` is one: lines may be drawn over
  bool has_colours = false;
};
/// Standard output and error; colours only on a terminal and without NO_COLOR.
console standard_console();

int run_status(const status_command& asked, const console& on);
int run_reshard(const reshard_command& asked, const console& on);
int run_cluster(const cluster_command& asked, const console& on);
int run_config(const config_command& asked, const console& on);
/// 0 or 1, whatever is wrong: container probes know no other.
int run_health(const health_command& asked, const console& on);
/// Until the user has seen enough.
int run_tail(const tail_command& asked, const console& on);
/// Speaks to no daemon, but to all that a daemon would. 0 or 1.
int run_doctor(const doctor_command& asked, const console& on);

}  // namespace gatehouse::app
