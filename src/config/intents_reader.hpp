#pragma once

#include "toml_node.hpp"

#include <gatehouse/config/definition.hpp>

namespace gatehouse::config {

/// An array of intent names or an integer, as the sum of the bits.
[[nodiscard]] std::optional<value> read_intents(reading& in, const toml::node& node,
                                                std::string_view key);

}  // namespace gatehouse::config
