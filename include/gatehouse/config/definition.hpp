#pragma once

#include <gatehouse/config/settings.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The table of every configuration key. Parsing, checking, `gatehouse check`,
/// docs/configuration.md and config/gatehouse.toml are all read off it, so a key is added here and
/// nowhere else. Pure and immutable: usable from any thread.
namespace gatehouse::config {

/// What a key holds, as TOML sees it.
enum class value_type {
  text,
  boolean,
  integer,
  choice,     ///< a string out of `definition::choices`
  text_list,  ///< an array of strings, each obeying `definition::rule`
  intents,    ///< an array of intent names, or an integer
  presence,   ///< a table; kept as JSON text
};

/// What a string must look like beyond its type.
enum class text_rule {
  any,
  plain,         ///< no control characters
  path,          ///< not empty, no control characters
  header_value,  ///< goes into an HTTP header: not empty, no control characters, no outer spaces
  bot_token,     ///< printable ASCII without spaces after an optional `Bot `
  rest_url,      ///< http or https URL without query or API version
  ws_base,       ///< ws or wss URL without query
  handler_url,   ///< http, https, http+unix or jetstream URL
  nats_server,   ///< nats or tls URL, host and port only
  member_name,   ///< letters, digits, _ and -
  listen,        ///< `host:port`, `[v6]:port`
  event_name,    ///< A-Z, 0-9 and _
  invite_code,   ///< letters, digits and -
};

/// A value between the file and its typed field. Sizes and durations are in the key's own unit.
using value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

/// How a row reaches its field of `settings`. Rows of `events.route` mean the last route.
struct accessor {
  void (*store)(settings& into, const value& what) = nullptr;
  value (*fetch)(const settings& from) = nullptr;
};

/// Shown in a secret's place.
inline constexpr std::string_view hidden = "<hidden>";

/// One row. Integers have inclusive bounds; for strings the bounds are the length in bytes, for
/// arrays the number of elements.
struct definition {
  std::string_view key;  ///< dotted path, e.g. `handlers.max_in_flight`
  value_type type = value_type::text;
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  text_rule rule = text_rule::any;
  std::span<const std::string_view> choices{};
  std::string_view unit{};          ///< ms, s, MiB, %, or empty
  std::string_view default_note{};  ///< what an empty or missing value means, in words
  std::string_view example{};       ///< a TOML value for the shipped file where no default exists
  bool may_be_empty = false;        ///< "" is accepted and means the same as leaving the key out
  bool required = false;
  bool reloadable = false;  ///< a changed value takes effect on HUP, without a restart
  bool secret = false;      ///< shown as <hidden> everywhere
  std::string_view help{};
  accessor access{};

  [[nodiscard]] std::string_view section() const;  ///< everything before the last dot
  [[nodiscard]] std::string_view leaf() const;     ///< everything after it
  /// Whether leaving the key out is the same as writing `default_text`.
  [[nodiscard]] bool has_default() const;
};

/// The array of tables `[[events.route]]`: its rows are repeated per element.
inline constexpr std::string_view route_section = "events.route";

/// Every row, section by section, in the order of the documentation. Views live for ever.
[[nodiscard]] std::span<const definition> definitions();

/// The row of a dotted key, or null.
[[nodiscard]] const definition* find_definition(std::string_view key);

/// The sections in the order of the table, each once.
[[nodiscard]] std::vector<std::string_view> sections();

/// The default as a TOML value, read from a default-constructed `settings`.
[[nodiscard]] std::string default_text(const definition& row);

/// What is allowed, in words: "1 to 4096", `"text" or "json"`. Empty where everything is.
[[nodiscard]] std::string allowed_text(const definition& row);

/// A value as TOML. Text is quoted such that loading it again gives the same text.
[[nodiscard]] std::string to_toml(const value& what);

}  // namespace gatehouse::config
