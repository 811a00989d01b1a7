#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::sim {

namespace intent {
inline constexpr std::uint64_t guilds = 1U << 0U;
inline constexpr std::uint64_t guild_members = 1U << 1U;
inline constexpr std::uint64_t guild_moderation = 1U << 2U;
inline constexpr std::uint64_t guild_voice_states = 1U << 7U;
inline constexpr std::uint64_t guild_presences = 1U << 8U;
inline constexpr std::uint64_t guild_messages = 1U << 9U;
inline constexpr std::uint64_t guild_message_reactions = 1U << 10U;
inline constexpr std::uint64_t guild_message_typing = 1U << 11U;
/// Every bit that has a meaning in v10; any other closes with 4013.
inline constexpr std::uint64_t all = 0x331FFFF;
}  // namespace intent

/// The intents any one of which lets an event of a guild through; 0: no intent is needed.
std::uint64_t intents_for(std::string_view event_type) noexcept;

}  // namespace gatehouse::sim
