#pragma once

#include <string>
#include <string_view>

namespace gatehouse::config {

/// The TOML parser's message without the pieces of the file it quotes, which could be of a secret.
[[nodiscard]] std::string syntax_text(std::string_view message);

}  // namespace gatehouse::config
