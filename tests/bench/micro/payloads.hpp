#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::bench {

/// Whole payloads of the simulated Discord's usual mix, about 800 bytes on average; always the same
/// ones. Each is followed by `gateway::parse_padding` zero bytes, see `without_padding`.
std::vector<std::string> padded_payloads(std::size_t count);
std::string_view without_padding(const std::string& padded) noexcept;

/// Without padding.
std::size_t bytes_of(const std::vector<std::string>& padded) noexcept;

}  // namespace gatehouse::bench
