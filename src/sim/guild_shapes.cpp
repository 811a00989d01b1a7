#include "append.hpp"
#include "event_shapes.hpp"

namespace gatehouse::sim {
namespace {

void append_role(std::string& out, std::uint64_t guild_id, std::uint64_t index) {
  append(out, R"({"version":1712345678901,"unicode_emoji":null,"tags":{},"position":)", index,
         R"(,"permissions":"2248473465835073","name":"role )", index,
         R"(","mentionable":false,"managed":false,"id":")", guild_id + index,
         R"(","icon":null,"hoist":false,"flags":0,"color":)", index * 111'111 % 0xFFFFFF, "}");
}

void append_guild_head(std::string& out, const event_seed& seed, std::uint32_t member_count) {
  append(out, R"({"id":")", seed.guild_id, R"(","name":"Guild )", seed.guild_index,
         R"( – café & games 🎲","icon":null,"owner_id":")", user_id(seed.guild_index % 100),
         R"(","region":"deprecated","afk_timeout":300,"afk_channel_id":null,)",
         R"("verification_level":1,"default_message_notifications":1,"explicit_content_filter":2,)",
         R"("mfa_level":0,"nsfw_level":0,"premium_tier":1,"premium_subscription_count":3,)",
         R"("preferred_locale":"en-US","system_channel_id":null,"system_channel_flags":0,)",
         R"("rules_channel_id":null,"public_updates_channel_id":null,"vanity_url_code":null,)",
         R"("description":null,"banner":null,"features":["COMMUNITY"],"emojis":[],"stickers":[],)",
         R"("joined_at":"2022-02-03T04:05:06.789000+00:00","large":)",
         json_bool(member_count > 250), R"(,"lazy":true,"unavailable":false,"member_count":)",
         member_count);
}

}  // namespace

void append_channel(std::string& out, std::uint64_t guild_id, std::uint64_t index) {
  append(out, R"({"version":1712345678901,"type":)", index >= 20 ? 2 : 0,
         R"(,"topic":null,"rate_limit_per_user":0,"position":)", index,
         R"(,"permission_overwrites":[{"type":0,"id":")", guild_id,
         R"(","deny":"0","allow":"1024"}],"parent_id":null,"nsfw":false,"name":"channel-)", index,
         R"(","last_message_id":"1177000000000000000","id":")", channel_id(guild_id, index),
         R"(","flags":0})");
}

void append_guild(std::string& out, const event_seed& seed, std::uint32_t member_count,
                  std::size_t bytes) {
  const std::size_t start = out.size();
  append_guild_head(out, seed, member_count);
  append(out, R"(,"voice_states":[],"threads":[],"presences":[],"stage_instances":[],)",
         R"("guild_scheduled_events":[],"soundboard_sounds":[],"members":[)");
  append_member(out, 0, true);
  append(out, R"(],"roles":[)");
  append_role(out, seed.guild_id, 0);
  for (std::uint64_t index = 1; index < 250 && out.size() - start < bytes / 2; ++index) {
    append(out, ",");
    append_role(out, seed.guild_id, index);
  }
  append(out, R"(],"channels":[)");
  append_channel(out, seed.guild_id, 0);
  for (std::uint64_t index = 1; out.size() - start + 320 < bytes; ++index) {
    append(out, ",");
    append_channel(out, seed.guild_id, index);
  }
  append(out, "]");
}

}  // namespace gatehouse::sim
