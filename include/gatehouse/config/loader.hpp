#pragma once

#include <gatehouse/config/settings.hpp>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// TOML text to checked `settings`. Reads the file, the environment file and `discord.token_file`,
/// nothing else; keeps no state. Blocking: for start-up, `gatehouse check`, and reloads off the
/// data path.
namespace gatehouse::config {

/// One thing wrong with the configuration. Names keys, positions, numbers and environment
/// variables, but never quotes a string of the file or the environment, since any could be a
/// secret; where a word out of a list is wanted, a plain word of the file is quoted.
struct problem {
  std::string file;
  int line = 1;     ///< from 1
  int column = 1;   ///< from 1, in characters
  std::string key;  ///< `toml` for syntax, `file` if the file itself cannot be read
  std::string text;

  /// `FILE:LINE:COL: key: what is wrong and what is allowed`
  [[nodiscard]] std::string format() const;
  bool operator==(const problem&) const = default;
};

/// Where a key is set.
struct place {
  std::string file;  ///< `--set` for one of those, whose line is its number
  int line = 1;
  int column = 1;
};

struct loaded {
  settings values;
  std::map<std::string, place, std::less<>> places;  ///< of the keys that are set
  std::string file;                                  ///< that was read

  /// Of a key, be it set or left at its default.
  [[nodiscard]] problem problem_at(std::string_view key, std::string text) const;
};

/// Either a configuration or at least one problem, all of them, in the order of the file.
struct load_result {
  std::optional<loaded> config;
  std::vector<problem> problems;
  std::vector<problem> warnings;  ///< what is allowed, and most likely not meant
};

/// Without a path the first of these that exists is read.
inline constexpr std::array<const char*, 2> default_paths{"./gatehouse.toml",
                                                          "/etc/gatehouse/gatehouse.toml"};

/// What a configuration is made of, as every command can be told.
struct source {
  std::string path{};                      ///< empty: one of `default_paths`
  std::vector<std::string> assignments{};  ///< `key=value` each, in place of what the file says
  std::string env_file{};                  ///< lines `NAME=value` that go before the environment
  std::string credentials{};               ///< stands in for CREDENTIALS_DIRECTORY

  /// The file that is read, or would be.
  [[nodiscard]] std::string file() const;
};

/// Looks up an environment variable; nothing if it is unset.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process. Not to be used while another thread changes it.
[[nodiscard]] environment process_environment();

/// `file_name` only appears in the problems.
[[nodiscard]] load_result load_text(std::string_view toml_text, std::string_view file_name,
                                    const environment& env,
                                    const std::vector<std::string>& assignments = {});

/// The file, the environment file and the assignments of `from`, before `env`.
[[nodiscard]] load_result load(const source& from, const environment& env);

/// `[admin]` alone, for those who talk to a running daemon: what is wrong elsewhere, such as a
/// variable that only the daemon's environment has, is not their business.
struct admin_load_result {
  admin_settings values;
  std::vector<problem> problems;  ///< of the section, or of the file as a whole
};
[[nodiscard]] admin_load_result load_admin(const source& from, const environment& env);

}  // namespace gatehouse::config
