#include "event_shapes.hpp"

#include "append.hpp"

#include <array>
#include <cstdio>

namespace gatehouse::sim {
namespace {

constexpr std::uint64_t users = 5000;
constexpr std::uint64_t channels = 20;
constexpr std::uint64_t message_epoch = 215'000'000'000;  // ms after Discord's, in 2021
constexpr std::uint64_t interaction_epoch = 230'000'000'000;

/// Already JSON-escaped: plain words, other scripts, emoji, every kind of escape.
constexpr auto phrases = std::to_array<std::string_view>({
    "has anyone tried the new build yet",
    "I think we should wait until tomorrow",
    "ça marche très bien, merci beaucoup à tous",
    "line one\\nline two\\n\\ttabbed line three",
    "he said \\\"never again\\\" and left",
    "C:\\\\Users\\\\bot\\\\config.toml",
    "今日はいい天気ですね、散歩に行きましょう",
    "проверка связи, всё работает",
    "🎉🎉 we did it 🚀 <:party:81384788765712386>",
    "escaped \\u00e9 and \\ud83d\\ude00 and \\/ too",
    "<@81384788765712384> could you have a look at {this} [here]",
    "ok",
    "```cpp\\nint main() { return 0; }\\n```",
    "the meeting is at 15:30 in the usual channel, bring snacks and questions",
    "مرحبا بالجميع",
    "lol that is exactly what happened to me yesterday, twice",
});

constexpr auto emojis =
    std::to_array<std::string_view>({"👍", "❤️", "😂", "🎉", "👀", "✅", "🔥", "🤔"});

void append_time(std::string& out, std::uint64_t milliseconds) {
  std::array<char, 48> text{};
  const auto in_day = milliseconds % 86'400'000;
  const auto day = milliseconds / 86'400'000 % 28 + 1;
  const int size = std::snprintf(
      text.data(), text.size(), "2026-01-%02uT%02u:%02u:%02u.%03u000+00:00",
      static_cast<unsigned>(day), static_cast<unsigned>(in_day / 3'600'000),
      static_cast<unsigned>(in_day / 60'000 % 60), static_cast<unsigned>(in_day / 1000 % 60),
      static_cast<unsigned>(in_day % 1000));
  out.append(text.data(), static_cast<std::size_t>(size));
}

void append_content(std::string& out, random_stream& random) {
  const auto count = 1 + random.below(4);
  for (std::uint64_t index = 0; index < count; ++index) {
    append(out, index == 0 ? "" : " ", phrases[random.below(phrases.size())]);
  }
}

void append_attachment(std::string& out, std::uint64_t id, std::uint64_t channel) {
  append(out, R"({"id":")", id, R"(","filename":"screenshot.png","size":48213,"url":"https://cdn.)",
         R"(discordapp.com/attachments/)", channel, "/", id,
         R"(/screenshot.png","proxy_url":"https://media.discordapp.net/attachments/)", channel, "/",
         id, R"(/screenshot.png","width":1280,"height":720,"content_type":"image/png"})");
}

void append_emoji(std::string& out, random_stream& random) {
  append(out, R"("emoji":{"id":null,"name":")", emojis[random.below(emojis.size())], R"("})");
}

}  // namespace

std::uint64_t message_id(const event_seed& seed, std::uint64_t number) noexcept {
  return ((message_epoch + number) << 22U) | (seed.guild_index & 0x3FFFFFU);
}

std::uint64_t channel_id(std::uint64_t guild_id, std::uint64_t index) noexcept {
  return guild_id + ((index + 1) << 22U);
}

std::uint64_t user_id(std::uint64_t index) noexcept {
  return (first_user_snowflake + index) << 22U;
}

std::uint64_t interaction_id(const event_seed& seed) noexcept {
  return ((interaction_epoch + seed.number) << 22U) | (seed.guild_index & 0x3FFFFFU);
}

std::string interaction_token(std::uint64_t interaction_id) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  random_stream random{interaction_id};
  std::string token = "aW50ZXJhY3Rpb246";
  while (token.size() < 196) {
    std::uint64_t bits = random.next();
    for (int index = 0; index < 10; ++index, bits >>= 6U) token += letters[bits & 63U];
  }
  return token;
}

void append_user(std::string& out, std::uint64_t index) {
  append(out, R"({"username":"user_)", index, R"(","public_flags":0,"id":")", user_id(index),
         R"(","global_name":"User )", index,
         R"(","discriminator":"0","clan":null,"avatar_decoration_data":null,"avatar":")",
         "8342729096ea3675442027381ff50dfe", R"("})");
}

void append_member(std::string& out, std::uint64_t user_index, bool with_user) {
  append(out, "{");
  if (with_user) {
    append(out, R"("user":)");
    append_user(out, user_index);
    append(out, ",");
  }
  append(out, R"("roles":["1000000000000)", 10000 + user_index % 7, R"(","2000000000000)",
         10000 + user_index % 5,
         R"("],"premium_since":null,"pending":false,"nick":null,"mute":false,"joined_at":)",
         R"("2023-04-01T10:20:30.456000+00:00","flags":0,"deaf":false,)",
         R"("communication_disabled_until":null,"banner":null,"avatar":null})");
}

void append_message(std::string& out, event_seed seed, bool edited) {
  auto& random = seed.random;
  const auto channel = channel_id(seed.guild_id, random.below(channels));
  const auto author = random.below(users);
  const auto number = edited ? seed.number - 1 - random.below(seed.number) / 2 : seed.number;
  const auto id = message_id(seed, number);
  append(out, R"({"type":0,"tts":false,"timestamp":")");
  append_time(out, number * 37);
  append(out, R"(","pinned":false,"nonce":")", id + 1, R"(","mentions":[],"mention_roles":[],)",
         R"("mention_everyone":false,"member":)");
  append_member(out, author, false);
  append(out, R"(,"id":")", id, R"(","flags":0,"embeds":[],"edited_timestamp":)");
  if (edited) {
    append(out, "\"");
    append_time(out, seed.number * 37 + 11);
    append(out, "\"");
  } else {
    append(out, "null");
  }
  append(out, R"(,"content":")");
  append_content(out, random);
  append(out, R"(","components":[],"channel_type":0,"channel_id":")", channel, R"(","author":)");
  append_user(out, author);
  append(out, R"(,"attachments":[)");
  if (random.below(12) == 0) append_attachment(out, id + 2, channel);
  append(out, R"(],"guild_id":")", seed.guild_id, "\"");
}

void append_message_delete(std::string& out, event_seed seed) {
  append(out, R"({"id":")", message_id(seed, seed.number - 1 - seed.random.below(seed.number) / 2),
         R"(","channel_id":")", channel_id(seed.guild_id, seed.random.below(channels)),
         R"(","guild_id":")", seed.guild_id, "\"");
}

void append_reaction(std::string& out, event_seed seed, bool added) {
  auto& random = seed.random;
  const auto user = random.below(users);
  append(out, R"({"user_id":")", user_id(user), R"(","type":0,"message_id":")",
         message_id(seed, seed.number - 1 - random.below(seed.number) / 2), R"(",)");
  if (added) {
    append(out, R"("message_author_id":")", user_id(random.below(users)), R"(","member":)");
    append_member(out, user, true);
    append(out, ",");
  }
  append_emoji(out, random);
  append(out, R"(,"channel_id":")", channel_id(seed.guild_id, random.below(channels)),
         R"(","burst":false,"guild_id":")", seed.guild_id, "\"");
}

void append_voice_state(std::string& out, event_seed seed) {
  const auto user = seed.random.below(users);
  append(out, R"({"member":)");
  append_member(out, user, true);
  append(
      out, R"(,"user_id":")", user_id(user),
      R"(","suppress":false,"session_id":"a1b2c3d4e5f60718293a4b5c6d7e8f90","self_video":false,)",
      R"("self_mute":)", json_bool(seed.random.below(2) == 0), R"(,"self_deaf":false,)",
      R"("request_to_speak_timestamp":null,"mute":false,"guild_id":")", seed.guild_id,
      R"(","deaf":false,"channel_id":)");
  if (seed.random.below(3) == 0) {
    append(out, "null");
  } else {
    append(out, "\"", channel_id(seed.guild_id, channels + seed.random.below(4)), "\"");
  }
}

void append_member_event(std::string& out, event_seed seed, std::string_view type) {
  const auto user = seed.random.below(users);
  if (type == "GUILD_MEMBER_REMOVE") {
    append(out, R"({"user":)");
    append_user(out, user);
  } else {
    append_member(out, user, true);
    out.pop_back();
    append(out, R"(,"unusual_dm_activity_until":null)");
  }
  append(out, R"(,"guild_id":")", seed.guild_id, "\"");
}

void append_typing(std::string& out, event_seed seed) {
  const auto user = seed.random.below(users);
  append(out, R"({"user_id":")", user_id(user), R"(","timestamp":)", 1'767'225'600 + seed.number,
         R"(,"member":)");
  append_member(out, user, true);
  append(out, R"(,"channel_id":")", channel_id(seed.guild_id, seed.random.below(channels)),
         R"(","guild_id":")", seed.guild_id, "\"");
}

void append_presence(std::string& out, event_seed seed) {
  append(out, R"({"user":{"id":")", user_id(seed.random.below(users)),
         R"("},"status":"online","guild_id":")", seed.guild_id,
         R"(","client_status":{"desktop":"online"},"broadcast":null,"activities":[{"type":0,)",
         R"("name":"Some Game","id":"ec0b28a579ecb4bd","created_at":)",
         1'767'225'600'000 + seed.number, "}]");
}

void append_minimal(std::string& out, const event_seed& seed) {
  append(out, R"({"guild_id":")", seed.guild_id, "\"");
}

namespace {

void append_interaction_data(std::string& out, const event_seed& seed, int interaction_type) {
  switch (interaction_type) {
    case 3:
      append(out, R"({"id":5,"custom_id":"confirm:)", seed.number, R"(","component_type":2})");
      break;
    case 4:
      append(out, R"({"type":1,"options":[{"value":"ga","type":3,"name":"query","focused":true}],)",
             R"("name":"search","id":"81384788765712400"})");
      break;
    case 5:
      append(out, R"({"components":[{"type":1,"components":[{"value":"line\nbreak","type":4,)",
             R"("custom_id":"text"}]}],"custom_id":"feedback:)", seed.number, R"("})");
      break;
    default:
      append(out, R"({"type":1,"options":[{"value":"héllo \"world\"","type":3,"name":"text"}],)",
             R"("name":"echo","id":"81384788765712401"})");
  }
}

}  // namespace

void append_interaction(std::string& out, event_seed seed, int interaction_type) {
  const auto user = seed.random.below(users);
  const auto channel = channel_id(seed.guild_id, seed.random.below(channels));
  const auto id = interaction_id(seed);
  append(out, R"({"version":1,"type":)", interaction_type, R"(,"token":")", interaction_token(id),
         R"(",)");
  if (interaction_type == 3 || interaction_type == 5) {
    append(out, R"("message":)");
    append_message(out, seed, false);
    append(out, "},");
  }
  append(out, R"("member":)");
  append_member(out, user, true);
  out.pop_back();
  append(out, R"(,"permissions":"2248473465835073"},"locale":"en-GB","id":")", id,
         R"(","guild_locale":"en-US","guild_id":")", seed.guild_id,
         R"(","guild":{"locale":"en-US",)", R"("id":")", seed.guild_id,
         R"(","features":["COMMUNITY","NEWS"]},"entitlements":[],)", R"("data":)");
  append_interaction_data(out, seed, interaction_type);
  append(out, R"(,"context":0,"channel_id":")", channel, R"(","channel":)");
  append_channel(out, seed.guild_id, 0);
  append(out, R"(,"authorizing_integration_owners":{"0":")", seed.guild_id,
         R"("},"attachment_size_limit":10485760,"application_id":")", application_id,
         R"(","app_permissions":"2248473465835073")");
}

}  // namespace gatehouse::sim
