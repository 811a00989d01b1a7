#include "combinations.hpp"
#include "file_text.hpp"
#include "suggestion.hpp"
#include "toml_node.hpp"
#include "value_reader.hpp"

#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/loader.hpp>

#include <algorithm>
#include <cstdlib>

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

/// The parser's message without the pieces of the file it quotes, which could be of a secret.
std::string syntax_text(std::string_view message) {
  message = message.substr(0, message.find(", saw "));
  constexpr std::string_view prefix = "Error while parsing ";
  std::string text = message.starts_with(prefix)
                         ? "cannot read " + std::string(message.substr(prefix.size()))
                         : "cannot read the file: " + std::string(message);
  const auto detail = text.find(": ");
  const bool quotes_a_value = text.find("representable") != std::string::npos ||
                              text.find("as a value") != std::string::npos;
  if (quotes_a_value && detail != std::string::npos) {
    text.replace(detail, std::string::npos, ": the number is out of range");
  }
  return text;
}

void sort_by_position(std::vector<problem>& problems) {
  std::ranges::stable_sort(problems, [](const problem& a, const problem& b) {
    return a.line != b.line ? a.line < b.line : a.column < b.column;
  });
}

std::vector<std::string> keys_set(const reading& in) {
  std::vector<std::string> keys;
  for (const auto& row : definitions()) {
    if (in.has(row.key)) keys.emplace_back(row.key);
  }
  return keys;
}

/// Everything that is in the file; what is wrong with it is in the problems.
void read_document(reading& in, std::string_view toml_text) {
  toml::table document;
  try {
    document = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    in.report(position_of(error.source()), "toml", syntax_text(error.description()));
    return;
  }
  read_table(in, document, "");
  check_combinations(in);
}

problem unreadable(const std::string& file, const std::string& why) {
  return {file, 1, 1, "file", "cannot be read: " + why};
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

load_result load_text(std::string_view toml_text, std::string_view file_name,
                      const environment& env) {
  reading in{.file = std::string(file_name), .env = env};
  read_document(in, toml_text);
  load_result result;
  if (in.problems.empty()) {
    result.config = loaded{.values = in.values, .keys_set = keys_set(in)};
  } else {
    result.problems = std::move(in.problems);
    sort_by_position(result.problems);
  }
  return result;
}

load_result load_file(const std::string& path, const environment& env) {
  const auto content = read_file(path, longest_file);
  if (!content.error.empty()) return {{}, {unreadable(path, content.error)}};
  return load_text(content.text, path, env);
}

admin_load_result load_admin(const std::string& path, const environment& env) {
  const auto content = read_file(path, longest_file);
  if (!content.error.empty()) return {{}, {unreadable(path, content.error)}};
  reading in{.file = path, .env = env};
  read_document(in, content.text);
  std::erase_if(in.problems, [](const problem& found) { return !concerns_admin(found); });
  sort_by_position(in.problems);
  return {std::move(in.values.admin), std::move(in.problems)};
}

}  // namespace gatehouse::config
