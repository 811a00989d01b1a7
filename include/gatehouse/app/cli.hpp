#pragma once

#include <iosfwd>
#include <string>
#include <variant>

namespace gatehouse::app {

/// `gatehouse run`: the daemon.
struct run_command {
  std::string config_path;
};
/// `gatehouse check`: validates and prints the effective configuration.
struct check_command {
  std::string config_path;
};
/// `gatehouse dead-letters`: what handlers have refused.
struct dead_letters_command {
  enum class action { list, replay };
  action what = action::list;
  std::string config_path;
  bool is_json = false;
};
/// The command line was answered already (help, version, an error): leave with this code.
struct leave {
  int code;
};
using command = std::variant<run_command, check_command, dead_letters_command, leave>;

/// Without `--config` the first of these that exists is used, else the first.
inline constexpr const char* config_paths[] = {"./gatehouse.toml", "/etc/gatehouse/gatehouse.toml"};

/// Help and version go to `out`, errors to `errors`.
command parse_command_line(int argc, const char* const* argv, std::ostream& out,
                           std::ostream& errors);

/// Loads the configuration and prints it, secrets hidden, or every problem. Returns the exit code.
int check_configuration(const check_command& asked, std::ostream& out, std::ostream& errors);

}  // namespace gatehouse::app
