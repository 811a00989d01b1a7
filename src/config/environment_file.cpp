#include "environment_file.hpp"

#include "file_text.hpp"
#include "substitution.hpp"

#include <optional>
#include <utility>

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_file = std::size_t{1} << 20;
constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view without_quotes(std::string_view value) {
  const bool has_quotes =
      value.size() >= 2 && value.front() == value.back() && (value[0] == '"' || value[0] == '\'');
  return has_quotes ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

environment_file parse_environment_file(std::string_view text, const std::string& name) {
  environment_file result;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    const auto assignment = trimmed(line);
    if (assignment.empty() || assignment.front() == '#' || assignment.front() == ';') continue;
    const auto equals = assignment.find('=');
    const auto variable = trimmed(assignment.substr(0, equals));
    if (equals == std::string_view::npos || !is_variable_name(variable)) {
      result.problems.push_back({name, number, 1, "--env-file",
                                 "is no line NAME=value with a name of letters, digits and _"});
      continue;
    }
    result.variables.insert_or_assign(
        std::string(variable), std::string(without_quotes(trimmed(assignment.substr(equals + 1)))));
  }
  return result;
}

environment environment_of(const source& from, const environment& env,
                           std::vector<problem>& problems) {
  std::map<std::string, std::string> known;
  if (!from.env_file.empty()) {
    const auto content = read_file(from.env_file, longest_file);
    if (!content.error.empty()) {
      problems.push_back({from.env_file, 1, 1, "--env-file", "cannot be read: " + content.error});
    }
    auto parsed = parse_environment_file(content.text, from.env_file);
    known = std::move(parsed.variables);
    problems.insert(problems.end(), parsed.problems.begin(), parsed.problems.end());
  }
  if (!from.credentials.empty()) known["CREDENTIALS_DIRECTORY"] = from.credentials;
  return [known = std::move(known), env](const std::string& name) -> std::optional<std::string> {
    const auto found = known.find(name);
    return found == known.end() ? env(name) : std::make_optional(found->second);
  };
}

}  // namespace gatehouse::config
