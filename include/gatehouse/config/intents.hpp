#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Gateway intents by name (discord-api-docs: gateway, List of Intents). Pure.
namespace gatehouse::config {

struct intent {
  std::string_view name;
  std::uint64_t bit;
};

/// All assigned intents, lowest bit first.
[[nodiscard]] std::span<const intent> known_intents();

/// Every assigned bit; any other one makes Discord close with 4013.
[[nodiscard]] std::uint64_t known_intent_bits();

[[nodiscard]] std::optional<std::uint64_t> intent_bit(std::string_view name);

/// The names of the assigned bits in `bits`, lowest bit first.
[[nodiscard]] std::vector<std::string> intent_names(std::uint64_t bits);

}  // namespace gatehouse::config
