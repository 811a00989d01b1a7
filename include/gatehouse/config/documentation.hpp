#pragma once

#include <string>

/// The two files that are written from the key table. Pure.
namespace gatehouse::config {

/// docs/configuration.md
[[nodiscard]] std::string render_reference();

/// config/gatehouse.toml: every key, defaults commented out as `#key = value`, required ones set.
[[nodiscard]] std::string render_example();

}  // namespace gatehouse::config
