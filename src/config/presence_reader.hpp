#pragma once

#include "toml_node.hpp"

#include <gatehouse/config/definition.hpp>

namespace gatehouse::config {

/// A presence table as the JSON object of Update Presence (discord-api-docs: gateway events,
/// Gateway Presence Update Structure), always with all four keys, `since` first.
[[nodiscard]] std::optional<value> read_presence(reading& in, const toml::node& node,
                                                 std::string_view key);

}  // namespace gatehouse::config
