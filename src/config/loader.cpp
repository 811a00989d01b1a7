#include "assignments.hpp"
#include "combinations.hpp"
#include "environment_file.hpp"
#include "file_text.hpp"
#include "syntax_error.hpp"
#include "toml_node.hpp"
#include "value_reader.hpp"

#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/loader.hpp>
#include <gatehouse/config/suggestion.hpp>

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <unistd.h>

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_file = std::size_t{1} << 20;

bool is_section(std::string_view name) {
  return std::ranges::any_of(definitions(), [name](const definition& row) {
    return row.key.starts_with(name) && row.key.substr(name.size()).starts_with('.');
  });
}

std::string_view parent(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

/// Every key and section that may stand in `section` ("" is the top level).
std::vector<std::string_view> names_in(std::string_view section) {
  std::vector<std::string_view> names;
  for (const auto& row : definitions()) {
    for (auto path = row.key; !path.empty(); path = parent(path)) {
      if (parent(path) == section && std::ranges::find(names, path) == names.end()) {
        names.push_back(path);
      }
    }
  }
  return names;
}

/// A key of another section with the same last part, for one that was put in the wrong table.
std::string_view namesake(std::string_view leaf) {
  const auto rows = definitions();
  const auto found = std::ranges::find(rows, leaf, &definition::leaf);
  return found == rows.end() ? std::string_view{} : found->key;
}

std::string_view meant(std::string_view section, std::string_view leaf) {
  const auto siblings = names_in(section);
  std::vector<std::string_view> leaves;
  leaves.reserve(siblings.size());
  for (const auto path : siblings) {
    leaves.push_back(section.empty() ? path : path.substr(section.size() + 1));
  }
  const auto near = nearest(leaf, leaves);
  if (near.empty()) return namesake(leaf);
  return siblings[static_cast<std::size_t>(std::ranges::find(leaves, near) - leaves.begin())];
}

std::string join(std::string_view section, std::string_view leaf) {
  return section.empty() ? std::string(leaf) : std::string(section).append(".").append(leaf);
}

void report_unknown(reading& in, std::string_view section, const toml::key& key) {
  std::string text = "is not a known key";
  if (const auto near = meant(section, key.str()); !near.empty()) {
    text.append("; did you mean ").append(near).append("?");
  } else {
    text += "; allowed: ";
    bool first = true;
    for (const auto name : names_in(section)) {
      text.append(first ? "" : ", ").append(name);
      first = false;
    }
  }
  in.report(position_of(key.source()), join(section, display_key(key.str())), std::move(text));
}

void read_table(reading& in, const toml::table& table, std::string_view section);

void require_route_keys(reading& in, const toml::table& route) {
  for (const auto& row : definitions()) {
    if (row.section() != route_section || route.contains(row.leaf())) continue;
    in.report(position_of(route.source()), row.key,
              "is required, for example " + std::string(row.example));
  }
}

void read_routes(reading& in, const toml::node& node) {
  const auto* const array = node.as_array();
  if (array == nullptr) {
    in.report(position_of(node.source()), route_section,
              wrong_type("an array of tables, [[events.route]]", node));
    return;
  }
  for (const auto& element : *array) {
    if (const auto* const route = element.as_table()) {
      in.values.events.routes.emplace_back();
      require_route_keys(in, *route);
      read_table(in, *route, route_section);
    } else {
      in.report(position_of(element.source()), route_section, wrong_type("a table", element));
    }
  }
}

void read_section(reading& in, const toml::node& node, const std::string& name) {
  in.tables.try_emplace(name, position_of(node.source()));
  if (const auto* const table = node.as_table()) {
    read_table(in, *table, name);
  } else {
    in.report(position_of(node.source()), name, wrong_type("a table", node));
  }
}

void read_table(reading& in, const toml::table& table, std::string_view section) {
  for (const auto& [key, node] : table) {
    // A key with a dot inside quotes is one key to TOML, never a path.
    const bool plain = key.str().find('.') == std::string_view::npos;
    const auto path = join(section, key.str());
    const auto* const row = plain ? find_definition(path) : nullptr;
    if (row != nullptr) {
      read_key(in, node, *row);
    } else if (plain && path == route_section) {
      read_routes(in, node);
    } else if (plain && is_section(path)) {
      read_section(in, node, path);
    } else {
      report_unknown(in, section, key);
    }
  }
}

void sort_by_position(std::vector<problem>& problems) {
  std::ranges::stable_sort(problems, [](const problem& a, const problem& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
}

std::map<std::string, place, std::less<>> places_of(const reading& in) {
  std::map<std::string, place, std::less<>> places;
  for (const auto& [key, marks] : in.marks) places.emplace(key, in.place_of(marks.front().at));
  return places;
}

/// Everything that is in the file and the assignments; what is wrong with it is in the problems.
void read_document(reading& in, std::string_view toml_text,
                   const std::vector<std::string>& assignments) {
  toml::table document;
  try {
    document = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    in.report(position_of(error.source()), "toml", syntax_text(error.description()));
    return;
  }
  assign(in, document, assignments);
  read_table(in, document, "");
  check_combinations(in);
}

problem unreadable(const std::string& file, const std::string& why) {
  return {file, 1, 1, "file", "cannot be read: " + why};
}

bool exists(const char* path) {
  return ::access(path, F_OK) == 0;
}

/// What `from` names has been read, or there is a problem.
std::string read_source(const source& from, std::vector<problem>& problems) {
  const auto file = from.file();
  auto content = read_file(file, longest_file);
  if (content.error.empty()) return std::move(content.text);
  if (from.path.empty() && !exists(file.c_str())) {
    content.error = "neither";
    for (const char* path : default_paths) {
      content.error.append(path == default_paths.front() ? " " : " nor ").append(path);
    }
    content.error += " exists; name the file with --config FILE";
  }
  problems.push_back(unreadable(file, content.error));
  return {};
}

/// Whether it keeps `[admin]` from being known.
bool concerns_admin(const problem& found) {
  return found.key.starts_with("admin") || found.key == "toml" || found.key == "file";
}

}  // namespace

std::string problem::format() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + key + ": " +
         text;
}

environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    // Read while a configuration is loaded; nothing in the daemon changes its environment.
    const char* const found = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (found == nullptr) return std::nullopt;
    return found;
  };
}

problem loaded::problem_at(std::string_view key, std::string text) const {
  const auto found = places.find(key);
  const auto where = found == places.end() ? place{file} : found->second;
  return {where.file, where.line, where.column, std::string(key), std::move(text)};
}

std::string source::file() const {
  if (!path.empty()) return path;
  const auto* const found = std::ranges::find_if(default_paths, exists);
  return found == default_paths.end() ? default_paths.front() : *found;
}

load_result load_text(std::string_view toml_text, std::string_view file_name,
                      const environment& env, const std::vector<std::string>& assignments) {
  reading in{.file = std::string(file_name), .env = env};
  read_document(in, toml_text, assignments);
  load_result result;
  if (in.problems.empty()) {
    result.config = loaded{.values = in.values, .places = places_of(in), .file = in.file};
  } else {
    result.problems = std::move(in.problems);
    sort_by_position(result.problems);
  }
  result.warnings = std::move(in.warnings);
  sort_by_position(result.warnings);
  return result;
}

load_result load(const source& from, const environment& env) {
  std::vector<problem> problems;
  const auto variables = environment_of(from, env, problems);
  const auto text = read_source(from, problems);
  if (!problems.empty()) return {{}, std::move(problems), {}};
  return load_text(text, from.file(), variables, from.assignments);
}

admin_load_result load_admin(const source& from, const environment& env) {
  admin_load_result result;
  const auto variables = environment_of(from, env, result.problems);
  const auto text = read_source(from, result.problems);
  if (!result.problems.empty()) return result;
  reading in{.file = from.file(), .env = variables};
  read_document(in, text, from.assignments);
  std::erase_if(in.problems, [](const problem& found) { return !concerns_admin(found); });
  sort_by_position(in.problems);
  return {std::move(in.values.admin), std::move(in.problems)};
}

}  // namespace gatehouse::config
