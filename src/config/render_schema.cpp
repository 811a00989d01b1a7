#include "presence_text.hpp"

#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/documentation.hpp>
#include <gatehouse/config/intents.hpp>

#include <limits>

namespace gatehouse::config {
namespace {

/// In place of a word out of a list: the variable has it.
constexpr std::string_view variable = R"({"type":"string","pattern":"\\$\\{"})";

std::string member(std::string_view key, std::string_view json) {
  return json_string(key).append(":").append(json);
}

std::string bounds(const definition& row, std::string_view least, std::string_view most) {
  std::string out;
  if (row.least > 0) out += "," + member(least, std::to_string(row.least));
  if (row.most != std::numeric_limits<std::int64_t>::max()) {
    out += "," + member(most, std::to_string(row.most));
  }
  return out;
}

template <class Names>
std::string one_of(const Names& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ",") + json_string(name);
  return R"({"anyOf":[{"enum":[)" + list + "]}," + std::string(variable) + "]}";
}

std::string intents() {
  const auto all = known_intent_bits();
  return R"("anyOf":[{"type":"array","items":)" + one_of(intent_names(all)) +
         R"(},{"type":"integer","minimum":0,"maximum":)" + std::to_string(all) + "}]";
}

std::string type_of(const definition& row) {
  switch (row.type) {
    case value_type::boolean:
      return R"("type":"boolean")";
    case value_type::integer:
      return R"("type":"integer")" + bounds(row, "minimum", "maximum");
    case value_type::choice:
      return R"("allOf":[)" + one_of(row.choices) + "]";
    case value_type::text:
      return R"("type":"string")";
    case value_type::text_list:
      return R"("type":"array","items":{"type":"string"})" + bounds(row, "minItems", "maxItems");
    case value_type::intents:
      return intents();
    case value_type::presence:
      return R"("type":"object")";
  }
  return {};
}

/// Defaults as TOML are JSON as well: numbers, booleans, and strings without escapes of TOML's own.
std::string property(const definition& row) {
  std::string out = "{" + type_of(row) + "," + member("description", json_string(row.help));
  if (const auto standard = default_text(row); !standard.empty()) {
    out += "," + member("default", standard);
  }
  return out + "}";
}

bool is_table_in(std::string_view section, std::string_view outer) {
  const auto dot = section.rfind('.');
  const auto parent = dot == std::string_view::npos ? std::string_view{} : section.substr(0, dot);
  return parent == outer;
}

std::string table(std::string_view section);

std::string properties(std::string_view section) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& json) {
    out.append(out.empty() ? "" : ",\n").append(member(name, json));
  };
  for (const auto& row : definitions()) {
    if (row.section() == section) add(row.leaf(), property(row));
  }
  for (const auto name : sections()) {
    if (!is_table_in(name, section)) continue;
    const auto leaf = name.substr(name.rfind('.') + 1);
    add(leaf,
        name == route_section ? R"({"type":"array","items":)" + table(name) + "}" : table(name));
  }
  return out;
}

std::string table(std::string_view section) {
  std::string required;
  for (const auto& row : definitions()) {
    if (row.section() != section || !row.required) continue;
    required += (required.empty() ? "" : ",") + json_string(row.leaf());
  }
  return R"({"type":"object","additionalProperties":false,"required":[)" + required +
         "],\"properties\":{\n" + properties(section) + "}}";
}

}  // namespace

std::string render_schema() {
  std::string out = R"({"$schema":"http://json-schema.org/draft-07/schema#",)"
                    R"("title":"Gatehouse","type":"object","additionalProperties":false,)"
                    R"("required":["discord","handlers"],"properties":{)"
                    "\n";
  return out + properties("") + "}}\n";
}

}  // namespace gatehouse::config
