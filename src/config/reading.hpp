#pragma once

#include <gatehouse/config/loader.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What is known while one file is being read. Lives for one call of `load_text`.
namespace gatehouse::config {

struct position {
  int line = 1;
  int column = 1;
  bool is_assignment = false;  ///< on the command line; `line` is its number
};

/// Named in place of a file.
inline constexpr std::string_view assignment_source = "--set";

/// One place where a key is set. `events.route` keys are set once a route.
struct mark {
  position at;
  std::vector<position> elements;  ///< of an array, each
  bool valid = false;
};

struct reading {
  std::string file;
  const environment& env;
  settings values{};
  std::vector<problem> problems{};
  std::vector<problem> warnings{};
  std::map<std::string, std::vector<mark>, std::less<>> marks{};  ///< every known key met
  std::map<std::string, position, std::less<>> tables{};          ///< every known section met

  void report(position at, std::string_view key, std::string text) {
    problems.push_back(problem_at(at, key, std::move(text)));
  }
  void warn(position at, std::string_view key, std::string text) {
    warnings.push_back(problem_at(at, key, "warning: " + std::move(text)));
  }
  [[nodiscard]] place place_of(position at) const {
    return {at.is_assignment ? std::string(assignment_source) : file, at.line, at.column};
  }
  [[nodiscard]] problem problem_at(position at, std::string_view key, std::string text) const {
    auto where = place_of(at);
    return {std::move(where.file), where.line, where.column, std::string(key), std::move(text)};
  }
  [[nodiscard]] bool has(std::string_view key) const { return marks.contains(key); }
  /// Where the key is set, if it is and nothing is wrong with it; otherwise null.
  [[nodiscard]] const mark* valid(std::string_view key) const {
    const auto found = marks.find(key);
    const bool usable = found != marks.end() && found->second.front().valid;
    return usable ? &found->second.front() : nullptr;
  }
  /// Whether the value in `values` counts: set without a mistake, or left at its default.
  [[nodiscard]] bool known(std::string_view key) const {
    return !has(key) || valid(key) != nullptr;
  }
};

}  // namespace gatehouse::config
