#include "presence_reader.hpp"

#include "presence_text.hpp"

#include <gatehouse/config/suggestion.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace gatehouse::config {
namespace {

using names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 4> presence_keys{"status", "activities", "since", "afk"};
constexpr std::array<std::string_view, 4> activity_keys{"name", "type", "state", "url"};
constexpr std::array<std::string_view, 5> statuses{"online", "dnd", "idle", "invisible", "offline"};
constexpr std::size_t longest_json = 2'048;  // Identify as a whole may have 4096 bytes
constexpr std::size_t longest_text = 128;

std::string list(names allowed) {
  std::string text;
  for (const auto name : allowed) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// Reads the keys of one table; every mistake is reported and remembered.
class presence_table {
 public:
  presence_table(reading& in, const toml::table& table, std::string prefix)
      : in_(in), table_(table), prefix_(std::move(prefix)), before_(in.problems.size()) {}

  [[nodiscard]] bool valid() const { return in_.problems.size() == before_; }

  void check_keys(names allowed) {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(allowed, key.str()) != allowed.end()) continue;
      std::string text = "is not a known key";
      if (const auto near = nearest(key.str(), allowed); !near.empty()) {
        text.append("; did you mean ").append(near).append("?");
      } else {
        text.append("; allowed: ").append(list(allowed));
      }
      in_.report(position_of(key.source()), prefix_ + display_key(key.str()), std::move(text));
    }
  }

  std::optional<std::string> text(std::string_view key, std::size_t most) {
    const auto* const node = table_.get(key);
    auto read =
        node == nullptr ? std::nullopt : read_string(in_, *node, prefix_ + std::string(key));
    if (!read || (!read->empty() && read->size() <= most)) return read;
    report(*node, key,
           "has " + std::to_string(read->size()) + " bytes; allowed: 1 to " + std::to_string(most));
    return std::nullopt;
  }

  std::int64_t number(std::string_view key, std::int64_t otherwise, std::int64_t most) {
    const auto* const node = table_.get(key);
    if (node == nullptr) return otherwise;
    if (const auto* const read = node->as_integer(); read == nullptr) {
      report(*node, key, wrong_type("an integer", *node));
    } else if (read->get() < 0 || read->get() > most) {
      report(*node, key,
             "is " + std::to_string(read->get()) + "; allowed: 0 to " + std::to_string(most));
    } else {
      return read->get();
    }
    return otherwise;
  }

  bool flag(std::string_view key) {
    const auto* const node = table_.get(key);
    if (node != nullptr && !node->is_boolean()) {
      report(*node, key, wrong_type("true or false", *node));
    }
    return node != nullptr && node->value_or(false);
  }

  void report(const toml::node& node, std::string_view key, std::string text) {
    in_.report(position_of(node.source()), prefix_ + std::string(key), std::move(text));
  }

 private:
  reading& in_;
  const toml::table& table_;
  std::string prefix_;
  std::size_t before_;
};

std::string activity_json(reading& in, const toml::table& table, const std::string& prefix) {
  presence_table activity(in, table, prefix);
  activity.check_keys(activity_keys);
  if (table.get("name") == nullptr) activity.report(table, "name", "is required in an activity");
  const auto name = activity.text("name", longest_text);
  const auto type = activity.number("type", 0, 5);
  std::string json =
      "{\"name\":" + json_string(name.value_or("")) + ",\"type\":" + std::to_string(type);
  if (const auto state = activity.text("state", longest_text)) {
    json += ",\"state\":" + json_string(*state);
  }
  if (const auto url = activity.text("url", 512)) json += ",\"url\":" + json_string(*url);
  return json + "}";
}

std::string activities_json(reading& in, const toml::table& presence, const std::string& key) {
  const auto* const node = presence.get("activities");
  if (node == nullptr) return "[]";
  const auto* const array = node->as_array();
  if (array == nullptr) {
    in.report(position_of(node->source()), key, wrong_type("an array of tables", *node));
    return "[]";
  }
  std::string json = "[";
  for (const auto& element : *array) {
    if (const auto* const table = element.as_table()) {
      json.append(json.size() > 1 ? "," : "").append(activity_json(in, *table, key + "."));
    } else {
      in.report(position_of(element.source()), key, wrong_type("a table", element));
    }
  }
  return json + "]";
}

std::string status_of(presence_table& presence, const toml::table& table) {
  const auto status = presence.text("status", longest_text);
  if (!status) return "online";
  if (std::ranges::find(statuses, *status) == statuses.end()) {
    presence.report(*table.get("status"), "status",
                    "is " + quoted_word(*table.get("status")).value_or("none of its values") +
                        "; allowed: " + list(statuses));
  }
  return *status;
}

}  // namespace

std::optional<value> read_presence(reading& in, const toml::node& node, std::string_view key) {
  const auto* const table = node.as_table();
  if (table == nullptr) {
    in.report(position_of(node.source()), key, wrong_type("a table", node));
    return std::nullopt;
  }
  const std::string prefix = std::string(key) + ".";
  presence_table presence(in, *table, prefix);
  presence.check_keys(presence_keys);
  const auto since = presence.number("since", -1, std::numeric_limits<std::int64_t>::max());
  std::string json = "{\"since\":" + (since < 0 ? "null" : std::to_string(since));
  json += ",\"activities\":" + activities_json(in, *table, prefix + "activities");
  json += ",\"status\":" + json_string(status_of(presence, *table));
  json += presence.flag("afk") ? ",\"afk\":true}" : ",\"afk\":false}";
  if (json.size() > longest_json) {
    presence.report(node, "activities",
                    "make the presence " + std::to_string(json.size()) +
                        " bytes of JSON; allowed: at most " + std::to_string(longest_json));
  }
  if (!presence.valid()) return std::nullopt;
  return std::make_optional<value>(std::move(json));
}

}  // namespace gatehouse::config
