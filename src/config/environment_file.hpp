#pragma once

#include <gatehouse/config/loader.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::config {

/// Variables out of a file as systemd's EnvironmentFile= and Docker's --env-file read it: lines
/// `NAME=value`, a value may stand in quotes, `#` or `;` begins a comment line. Nothing is replaced
/// within a value.
struct environment_file {
  std::map<std::string, std::string> variables;
  std::vector<problem> problems;  ///< never quote a value
};
[[nodiscard]] environment_file parse_environment_file(std::string_view text,
                                                      const std::string& name);

/// The environment as `from` has it: its file and credentials first, then `env`. What is wrong with
/// the file is added to `problems`.
[[nodiscard]] environment environment_of(const source& from, const environment& env,
                                         std::vector<problem>& problems);

}  // namespace gatehouse::config
