#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/gateway/session.hpp>

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::gateway {
namespace {

TEST(commands, builds_heartbeats) {
  EXPECT_EQ(heartbeat_text(std::nullopt), R"({"op":1,"d":null})");
  EXPECT_EQ(heartbeat_text(251), R"({"op":1,"d":251})");
}

TEST(commands, builds_identify) {
  session_config config{.shard_id = 2,
                        .total_shards = 16,
                        .token = "x",
                        .intents = 513,
                        .large_threshold = 250,
                        .os = "linux",
                        .browser = "b",
                        .device = "d",
                        .presence = {},
                        .gateway_url = {},
                        .query = {}};
  EXPECT_EQ(identify_text(config),
            R"({"op":2,"d":{"token":"Bot x","intents":513,"shard":[2,16],"large_threshold":250,)"
            R"("properties":{"os":"linux","browser":"b","device":"d"}}})");
  config.presence = R"({"status":"dnd"})";
  EXPECT_NE(identify_text(config).find(
                R"("presence":{"since":null,"activities":[],"afk":false,"status":"dnd"}}})"),
            std::string::npos);
}

TEST(commands, builds_resume) {
  EXPECT_EQ(resume_text("x", {"abc", "wss://unused", 1337}),
            R"({"op":6,"d":{"token":"Bot x","session_id":"abc","seq":1337}})");
}

TEST(commands, escapes_what_json_requires) {
  EXPECT_NE(resume_text("a\"b", {"c\\d", "", 1}).find(R"(Bot a\"b","session_id":"c\\d")"),
            std::string::npos);
}

TEST(commands, completes_a_presence) {
  EXPECT_EQ(presence_update_text("{}"),
            R"({"op":3,"d":{"since":null,"activities":[],"status":"online","afk":false}})");
  const std::string full = R"({"since":1,"activities":[{"name":"x"}],"status":"idle","afk":true})";
  EXPECT_EQ(complete_presence(full), full);
  EXPECT_EQ(complete_presence(R"( { "status" : "idle" })"),
            R"({"since":null,"activities":[],"afk":false, "status" : "idle" })");
}

TEST(commands, builds_voice_states) {
  EXPECT_EQ(
      voice_state_text(41, 7, false, true),
      R"({"op":4,"d":{"guild_id":"41","channel_id":"7","self_mute":false,"self_deaf":true}})");
  EXPECT_EQ(
      voice_state_text(41, std::nullopt, true, false),
      R"({"op":4,"d":{"guild_id":"41","channel_id":null,"self_mute":true,"self_deaf":false}})");
}

TEST(commands, builds_member_requests) {
  EXPECT_EQ(request_members_text(41, R"({"query":"","limit":0})"),
            R"({"op":8,"d":{"guild_id":"41","query":"","limit":0}})");
  EXPECT_EQ(request_members_text(41, "{ }"), R"({"op":8,"d":{"guild_id":"41" }})");
}

TEST(commands, builds_what_the_check_accepts) {
  for (const auto& text :
       {presence_update_text("{}"), voice_state_text(41, 7, false, true),
        voice_state_text(41, std::nullopt, false, false),
        request_members_text(41, R"({"query":"","limit":0})"),
        command_text(opcode::request_soundboard_sounds, R"({"guild_ids":["1"]})")}) {
    EXPECT_EQ(validate_command(text).error, "") << text;
  }
}

}  // namespace
}  // namespace gatehouse::gateway
