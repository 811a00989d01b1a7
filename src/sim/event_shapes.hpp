#pragma once

#include "random_stream.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The JSON of single events: documented v10 fields, plausible values
/// (discord-api-docs: gateway-events). Every function appends the members of `d` without the
/// closing brace, so that the running number can follow.
namespace gatehouse::sim {

struct event_seed {
  std::uint64_t guild_id = 0;
  std::uint64_t guild_index = 0;
  std::uint64_t number = 0;  ///< running number within the guild
  random_stream random;
};

/// Made from its number alone, so that later events can name it.
std::uint64_t message_id(const event_seed& seed, std::uint64_t number) noexcept;
std::uint64_t channel_id(std::uint64_t guild_id, std::uint64_t index) noexcept;
std::uint64_t user_id(std::uint64_t index) noexcept;
inline constexpr std::uint64_t bot_user_id = 81384788765712384;
inline constexpr std::uint64_t application_id = 81384788765712385;
inline constexpr std::uint64_t first_user_snowflake = 90'000'000'000;

std::uint64_t interaction_id(const event_seed& seed) noexcept;
std::string interaction_token(std::uint64_t interaction_id);

void append_user(std::string& out, std::uint64_t index);
void append_member(std::string& out, std::uint64_t user_index, bool with_user);

void append_message(std::string& out, event_seed seed, bool edited);
void append_message_delete(std::string& out, event_seed seed);
void append_reaction(std::string& out, event_seed seed, bool added);
void append_voice_state(std::string& out, event_seed seed);
void append_member_event(std::string& out, event_seed seed, std::string_view type);
void append_typing(std::string& out, event_seed seed);
void append_presence(std::string& out, event_seed seed);
void append_interaction(std::string& out, event_seed seed, int interaction_type);
/// Any other event: just the guild it is about.
void append_minimal(std::string& out, const event_seed& seed);

// guild_shapes.cpp
/// A channel of the guild, with braces.
void append_channel(std::string& out, std::uint64_t guild_id, std::uint64_t index);
/// Members of a full guild, padded with channels and roles to about `bytes`.
void append_guild(std::string& out, const event_seed& seed, std::uint32_t member_count,
                  std::size_t bytes);

}  // namespace gatehouse::sim
