#pragma once

#include "reading.hpp"

#include <toml++/toml.h>

#include <string>
#include <vector>

namespace gatehouse::config {

/// Puts `--set key=value` each in place of what the document says for the key; the last one of a
/// key counts. A value is written as in the file; where the key takes a string, the quotes may be
/// missing. What is wrong is reported with the number of the assignment for a line.
void assign(reading& in, toml::table& document, const std::vector<std::string>& assignments);

}  // namespace gatehouse::config
