#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/documentation.hpp>

namespace gatehouse::config {
namespace {

constexpr std::string_view introduction =
    R"(# Gatehouse: an example with every key.
# Written by gatehouse-config-docs from the key table in src/config; changes go there.
#
# `#key = value` is a default: it changes nothing when uncommented. `#example: ` lines show keys that
# have no default. Every string may contain ${NAME}, replaced from the environment
# (${NAME:-default}: with a default); $${ is a plain ${.
# `gatehouse check --config FILE` validates a file. All about the keys: docs/configuration.md
)";

constexpr std::size_t width = 98;

/// Text as comment lines, broken between words.
std::string comment(std::string_view text) {
  std::string out;
  std::string line = "#";
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (line.size() + 1 + end > width) {
      out.append(line).append("\n");
      line = "#";
    }
    line.append(" ").append(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out.append(line).append("\n");
}

std::string facts(const definition& row) {
  std::string text;
  const auto add = [&text](std::string_view fact) {
    if (fact.empty()) return;
    text.append(text.empty() ? "" : "; ").append(fact);
  };
  const auto allowed = allowed_text(row);
  if (!allowed.empty()) add("Allowed: " + allowed);
  if (!row.default_note.empty()) add("unset: " + std::string(row.default_note));
  if (row.reloadable) add("reloaded on HUP");
  return text.empty() ? text : comment(text + ".");
}

bool is_preset(const definition& row) {
  return row.key == "discord.token_file" || (row.required && row.section() != route_section);
}

std::string entry(const definition& row) {
  std::string out = "\n" + comment(row.help) + facts(row);
  if (is_preset(row)) {
    out.append(row.leaf()).append(" = ").append(row.example);
  } else if (row.has_default()) {
    out.append("#").append(row.leaf()).append(" = ").append(default_text(row));
  } else {
    out.append("#example: ").append(row.leaf()).append(" = ").append(row.example);
  }
  return out.append("\n");
}

}  // namespace

std::string render_example() {
  std::string out(introduction);
  for (const auto section : sections()) {
    const bool route = section == route_section;
    out.append(route ? "\n#example: [[" : "\n[").append(section).append(route ? "]]\n" : "]\n");
    for (const auto& row : definitions()) {
      if (row.section() == section) out += entry(row);
    }
  }
  return out;
}

}  // namespace gatehouse::config
