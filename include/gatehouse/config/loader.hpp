#pragma once

#include <gatehouse/config/settings.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// TOML text to checked `settings`. Reads the file and `discord.token_file`, nothing else; keeps
/// no state. Blocking: for start-up, `gatehouse check`, and reloads off the data path.
namespace gatehouse::config {

/// One thing wrong with the configuration. Names keys, positions, numbers and environment
/// variables, but never quotes a string of the file or the environment: any could be a secret.
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

struct loaded {
  settings values;
  std::vector<std::string> keys_set;  ///< keys the file sets, in the order of `definitions()`
};

/// Either a configuration or at least one problem, all of them, in the order of the file.
struct load_result {
  std::optional<loaded> config;
  std::vector<problem> problems;
};

/// Looks up an environment variable; nothing if it is unset.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process. Not to be used while another thread changes it.
[[nodiscard]] environment process_environment();

/// `file_name` only appears in the problems.
[[nodiscard]] load_result load_text(std::string_view toml_text, std::string_view file_name,
                                    const environment& env);

[[nodiscard]] load_result load_file(const std::string& path, const environment& env);

/// `[admin]` alone, for those who talk to a running daemon: what is wrong elsewhere, such as a
/// variable that only the daemon's environment has, is not their business.
struct admin_load_result {
  admin_settings values;
  std::vector<problem> problems;  ///< of the section, or of the file as a whole
};
[[nodiscard]] admin_load_result load_admin(const std::string& path, const environment& env);

}  // namespace gatehouse::config
