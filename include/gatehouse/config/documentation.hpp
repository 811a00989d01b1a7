#pragma once

#include <string>

/// What is written from the key table. Pure.
namespace gatehouse::config {

/// docs/configuration.md
[[nodiscard]] std::string render_reference();

/// config/gatehouse.toml: every key, defaults commented out as `#key = value`, required ones set.
[[nodiscard]] std::string render_example();

/// config/gatehouse.toml.5: the manual page.
[[nodiscard]] std::string render_manual();

/// The JSON schema of the configuration, for editors: draft 7, as TOML's language servers read it.
[[nodiscard]] std::string render_schema();

}  // namespace gatehouse::config
