#pragma once

#include "toml_node.hpp"

#include <gatehouse/config/definition.hpp>

namespace gatehouse::config {

/// Reads what the file says for a key, checks it by its row, and stores it. Everything wrong is
/// reported; the mark it leaves says whether the value is usable.
void read_key(reading& in, const toml::node& node, const definition& row);

}  // namespace gatehouse::config
