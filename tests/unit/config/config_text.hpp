#pragma once

#include <gatehouse/config/loader.hpp>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Configurations in a few words, for tests.
namespace gatehouse::config::testing {

/// Required keys in one line, so that what is added begins on line 2.
inline const std::string valid_start = "discord = { token = \"T\", intents = 1 }\n";

/// The same plus handlers, for texts that say nothing about them.
inline const std::string handler_start = valid_start + "handlers.urls = [\"http://h\"]\n";

inline environment variables(std::map<std::string, std::string> known = {}) {
  return [known = std::move(known)](const std::string& name) -> std::optional<std::string> {
    const auto found = known.find(name);
    if (found == known.end()) return std::nullopt;
    return found->second;
  };
}

inline load_result load(std::string_view text, std::map<std::string, std::string> known = {}) {
  return load_text(text, "f.toml", variables(std::move(known)));
}

/// Each problem as it is printed.
inline std::vector<std::string> problems(std::string_view text,
                                         std::map<std::string, std::string> known = {}) {
  std::vector<std::string> lines;
  for (const auto& problem : load(text, std::move(known)).problems) {
    lines.push_back(problem.format());
  }
  return lines;
}

inline std::string joined(const std::vector<problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += problem.format() + "\n";
  return text;
}

/// What a valid text comes to; throws with its problems if it is not valid.
inline loaded loaded_from(std::string_view text, std::map<std::string, std::string> known = {}) {
  auto result = load(text, std::move(known));
  if (!result.config) throw std::runtime_error(joined(result.problems));
  return std::move(*result.config);
}

inline settings settings_of(std::string_view text, std::map<std::string, std::string> known = {}) {
  return loaded_from(text, std::move(known)).values;
}

}  // namespace gatehouse::config::testing
