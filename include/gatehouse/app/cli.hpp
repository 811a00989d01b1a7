#pragma once

#include <gatehouse/config/loader.hpp>

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::app {

/// `gatehouse run`: the daemon.
struct run_command {
  config::source from;
};
/// `gatehouse check`: validates and prints the effective configuration.
struct check_command {
  config::source from;
  bool is_schema = false;  ///< the JSON schema of any configuration is all that is wanted
};
/// `gatehouse dead-letters`: what handlers have refused.
struct dead_letters_command {
  enum class action { list, show, replay, purge };
  action what = action::list;
  config::source from{};
  bool is_json = false;
  std::string event_id{};                            ///< to be shown
  std::vector<std::string> events{};                 ///< by name; empty: all
  std::optional<std::chrono::seconds> older_than{};  ///< than this when asked
  std::optional<std::chrono::seconds> newer_than{};
};
/// How to reach a running daemon.
struct admin_access {
  config::source from{};
  std::string url{};                 ///< in place of the configuration's address
  std::string authorization_file{};  ///< in place of the configuration's secret
  std::string ca_file{};             ///< to be trusted beside the system's, for an https `url`
};
/// `gatehouse status`
struct status_command {
  admin_access access;
  bool is_json = false;
  std::optional<int> watch_seconds{};  ///< nothing: once
};
/// `gatehouse reshard`
struct reshard_command {
  enum class action { start, plan, cancel };
  action what = action::start;
  admin_access access;
  int total_shards = 0;  ///< 0: what Discord recommends
  bool is_json = false;
  bool waits = true;  ///< until it has ended
};
/// `gatehouse cluster status`
struct cluster_command {
  admin_access access;
  bool is_json = false;
};
/// `gatehouse config`
struct config_command {
  admin_access access;
  bool is_json = false;
  bool reloads = false;
};
/// `gatehouse health`: for probes of containers and the like.
struct health_command {
  admin_access access;
  bool is_readiness = false;  ///< of every shard, not of the process alone
};
/// `gatehouse doctor`: the configuration and what it names, tried out.
struct doctor_command {
  config::source from;
};
/// `gatehouse tail`: events as they are delivered.
struct tail_command {
  admin_access access;
  std::vector<std::string> events{};  ///< by name; empty: all
  std::optional<int> shard_id{};
  std::string guild_id{};  ///< empty: all
  bool has_payload = false;
  bool is_json = false;
};
/// The command line was answered already (help, version, completions, an error): leave with this
/// code.
struct leave {
  int code;
};
using command = std::variant<run_command, check_command, dead_letters_command, status_command,
                             reshard_command, cluster_command, config_command, health_command,
                             doctor_command, tail_command, leave>;

/// Help, version and completions go to `out`, errors to `errors`.
command parse_command_line(int argc, const char* const* argv, std::ostream& out,
                           std::ostream& errors);

/// config/gatehouse.1: the manual page, made of the same definition as the parser and the
/// completions.
std::string manual_page();

/// Loads the configuration and prints it, secrets hidden, or every problem. Returns the exit code.
int check_configuration(const check_command& asked, std::ostream& out, std::ostream& errors);

}  // namespace gatehouse::app
