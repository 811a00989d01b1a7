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

/// The string a node holds, variables replaced. Reports and returns nothing otherwise.
[[nodiscard]] std::optional<std::string> read_string(reading& in, const toml::node& node,
                                                     std::string_view key);

}  // namespace gatehouse::config
