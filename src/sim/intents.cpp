#include "intents.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::sim {
namespace {

struct rule {
  std::string_view prefix;
  std::uint64_t intents;
};

// discord-api-docs: gateway, List of Intents. The first prefix that fits decides.
constexpr auto rules = std::to_array<rule>({
    {"GUILD_MEMBERS_CHUNK", 0},
    {"GUILD_MEMBER_", intent::guild_members},
    {"GUILD_BAN_", intent::guild_moderation},
    {"GUILD_AUDIT_LOG_", intent::guild_moderation},
    {"GUILD_EMOJIS_", 1U << 3U},
    {"GUILD_STICKERS_", 1U << 3U},
    {"GUILD_SOUNDBOARD_", 1U << 3U},
    {"GUILD_INTEGRATIONS_", 1U << 4U},
    {"GUILD_SCHEDULED_", 1U << 16U},
    {"GUILD_", intent::guilds},
    {"CHANNEL_INFO", 0},
    {"CHANNEL_", intent::guilds},
    {"THREAD_MEMBERS_", intent::guilds | intent::guild_members},
    {"THREAD_", intent::guilds},
    {"STAGE_INSTANCE_", intent::guilds},
    {"VOICE_CHANNEL_EFFECT_", intent::guild_voice_states},
    {"VOICE_CHANNEL_", intent::guilds},
    {"VOICE_STATE_", intent::guild_voice_states},
    {"INTEGRATION_", 1U << 4U},
    {"WEBHOOKS_", 1U << 5U},
    {"INVITE_", 1U << 6U},
    {"PRESENCE_", intent::guild_presences},
    {"MESSAGE_REACTION_", intent::guild_message_reactions},
    {"MESSAGE_POLL_", 1U << 24U},
    {"MESSAGE_", intent::guild_messages},
    {"TYPING_", intent::guild_message_typing},
    {"AUTO_MODERATION_RULE_", 1U << 20U},
    {"AUTO_MODERATION_ACTION_", 1U << 21U},
});

}  // namespace

std::uint64_t intents_for(std::string_view event_type) noexcept {
  const auto* const found = std::find_if(rules.begin(), rules.end(), [&](const rule& candidate) {
    return event_type.starts_with(candidate.prefix);
  });
  return found == rules.end() ? 0 : found->intents;
}

}  // namespace gatehouse::sim
