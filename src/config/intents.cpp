#include <gatehouse/config/intents.hpp>

#include <algorithm>
#include <array>

namespace gatehouse::config {
namespace {

// discord-api-docs: gateway, List of Intents. Bits 17-19, 22 and 23 are unassigned.
constexpr std::array<intent, 21> table{{
    {"GUILDS", 1U << 0},
    {"GUILD_MEMBERS", 1U << 1},
    {"GUILD_MODERATION", 1U << 2},
    {"GUILD_EXPRESSIONS", 1U << 3},
    {"GUILD_INTEGRATIONS", 1U << 4},
    {"GUILD_WEBHOOKS", 1U << 5},
    {"GUILD_INVITES", 1U << 6},
    {"GUILD_VOICE_STATES", 1U << 7},
    {"GUILD_PRESENCES", 1U << 8},
    {"GUILD_MESSAGES", 1U << 9},
    {"GUILD_MESSAGE_REACTIONS", 1U << 10},
    {"GUILD_MESSAGE_TYPING", 1U << 11},
    {"DIRECT_MESSAGES", 1U << 12},
    {"DIRECT_MESSAGE_REACTIONS", 1U << 13},
    {"DIRECT_MESSAGE_TYPING", 1U << 14},
    {"MESSAGE_CONTENT", 1U << 15},
    {"GUILD_SCHEDULED_EVENTS", 1U << 16},
    {"AUTO_MODERATION_CONFIGURATION", 1U << 20},
    {"AUTO_MODERATION_EXECUTION", 1U << 21},
    {"GUILD_MESSAGE_POLLS", 1U << 24},
    {"DIRECT_MESSAGE_POLLS", 1U << 25},
}};

}  // namespace

std::span<const intent> known_intents() {
  return table;
}

std::uint64_t known_intent_bits() {
  std::uint64_t bits = 0;
  for (const auto& entry : table) bits |= entry.bit;
  return bits;
}

std::optional<std::uint64_t> intent_bit(std::string_view name) {
  const auto* const found = std::ranges::find(table, name, &intent::name);
  if (found == table.end()) return std::nullopt;
  return found->bit;
}

std::vector<std::string> intent_names(std::uint64_t bits) {
  std::vector<std::string> names;
  for (const auto& entry : table) {
    if ((bits & entry.bit) != 0) names.emplace_back(entry.name);
  }
  return names;
}

}  // namespace gatehouse::config
