#pragma once

#include "reading.hpp"

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

[[nodiscard]] position position_of(const toml::source_region& region);

/// "must be an integer, not a string"
[[nodiscard]] std::string wrong_type(std::string_view wanted, const toml::node& found);

/// A key for a message: as written, shortened, all but printable ASCII as `?`.
[[nodiscard]] std::string display_key(std::string_view key);

/// What the file says in a place for a word out of a list, in quotes. Nothing for what does not
/// look like such a word: anything else could be a secret in the wrong place.
[[nodiscard]] std::optional<std::string> quoted_word(const toml::node& node);

/// The string a node holds, variables replaced. Reports and returns nothing otherwise.
[[nodiscard]] std::optional<std::string> read_string(reading& in, const toml::node& node,
                                                     std::string_view key);

}  // namespace gatehouse::config
