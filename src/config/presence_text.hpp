#pragma once

#include <string>
#include <string_view>

namespace gatehouse::config {

/// Text as a JSON string, quotes included.
[[nodiscard]] std::string json_string(std::string_view text);

/// A presence in JSON, as `read_presence` writes it, back as a TOML inline table.
[[nodiscard]] std::string presence_toml(std::string_view json);

}  // namespace gatehouse::config
