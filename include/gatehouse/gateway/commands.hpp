#pragma once

#include <gatehouse/gateway/opcode.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The JSON text of every frame the daemon sends. Texts taken as JSON ("presence", "body") must be
/// JSON objects; everything else is escaped here.
namespace gatehouse::gateway {

struct resume_point;
struct session_config;

[[nodiscard]] std::string heartbeat_text(std::optional<std::int64_t> seq);
[[nodiscard]] std::string identify_text(const session_config& config);
[[nodiscard]] std::string resume_text(std::string_view token, const resume_point& point);

/// `{"op":…,"d":<body>}`
[[nodiscard]] std::string command_text(opcode op, std::string_view body);
/// Update Presence; `since`, `activities`, `status` and `afk` are filled in where absent, as
/// Discord requires all four.
[[nodiscard]] std::string presence_update_text(std::string_view presence);
/// Joins a voice channel; without `channel_id`: leaves.
[[nodiscard]] std::string voice_state_text(std::uint64_t guild_id,
                                           std::optional<std::uint64_t> channel_id, bool self_mute,
                                           bool self_deaf);
/// Request Guild Members: `body` is its `d` without `guild_id`, and without `nonce` if one is
/// given.
[[nodiscard]] std::string request_members_text(std::uint64_t guild_id, std::string_view body,
                                               std::string_view nonce = {});

/// A JSON object of a presence with the fields that Discord requires filled in.
[[nodiscard]] std::string complete_presence(std::string_view presence);

}  // namespace gatehouse::gateway
