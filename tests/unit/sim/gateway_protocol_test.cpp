#include "append.hpp"
#include "test_client.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using test::patience;
using test::test_client;
using namespace std::chrono_literals;

TEST(gateway, greets_and_readies_with_its_own_guilds_only) {
  simulator discord({.max_concurrency = 4, .guilds = 6});
  test_client client(discord.gateway_port());
  const auto ready = client.identify(1, 3);
  EXPECT_EQ(test::seq_of(ready), 1U);
  EXPECT_NE(ready.find(R"("shard":[1,3])"), std::string::npos);
  EXPECT_NE(ready.find(R"("resume_gateway_url":")" + discord.gateway_url()), std::string::npos);
  EXPECT_TRUE(ready.starts_with(R"({"t":"READY","s":1,"op":0,"d":)"));
  int created = 0;
  for (const auto guild : discord.guild_ids()) {
    const bool mine = (guild >> 22U) % 3 == 1;
    EXPECT_EQ(ready.find(std::to_string(guild)) != std::string::npos, mine);
    created += mine ? 1 : 0;
  }
  for (int index = 0; index < created; ++index) {
    const auto payload = client.next_with("GUILD_CREATE");
    EXPECT_EQ(test::seq_of(payload), static_cast<std::uint64_t>(index) + 2);
  }
}

TEST(gateway, announces_the_heartbeat_interval_and_acknowledges) {
  const simulator discord({.heartbeat_interval = 12'345ms});
  test_client client(discord.gateway_port());
  EXPECT_NE(client.next().find(R"("heartbeat_interval":12345)"), std::string::npos);
  client.send(R"({"op":1,"d":null})");
  EXPECT_NE(client.next().find(R"("op":11)"), std::string::npos);
}

TEST(gateway, notes_the_seq_of_heartbeats) {
  const simulator discord({});
  test_client client(discord.gateway_port());
  client.identify();
  client.send(R"({"op":1,"d":7})");
  EXPECT_TRUE(discord.wait_for(
      [](const statistics& now) {
        return now.sessions.size() == 1 && now.sessions[0].last_heartbeat_seq == 7U;
      },
      patience));
}

TEST(gateway, closes_without_heartbeats) {
  const simulator discord({.heartbeat_interval = 50ms});
  test_client client(discord.gateway_port());
  client.identify();
  EXPECT_EQ(client.wait_for_close(), 4009);
  EXPECT_EQ(discord.statistics().violation_count(violation_kind::missed_heartbeat), 1U);
}

class gateway_transport : public testing::TestWithParam<const char*> {};

TEST_P(gateway_transport, carries_events_in_every_compression) {
  simulator discord({.guilds = 2});
  test_client client(discord.gateway_port(), GetParam());
  client.identify();
  const auto number = discord.emit(discord.guild_ids()[0], "MESSAGE_CREATE");
  EXPECT_EQ(number, 1U);
  const auto payload = client.next_with("MESSAGE_CREATE");
  EXPECT_EQ(test::seq_of(payload), 4U);
  EXPECT_TRUE(payload.ends_with(concat(R"("sim":")", discord.guild_ids()[0], R"(:1"}})")));
}

INSTANTIATE_TEST_SUITE_P(all, gateway_transport,
                         testing::Values("v=10&encoding=json",
                                         "v=10&encoding=json&compress=zlib-stream",
                                         "v=10&encoding=json&compress=zstd-stream"));

struct refusal {
  const char* name;
  std::string sent;
  std::uint16_t code;
  violation_kind kind;
};

void PrintTo(const refusal& row, std::ostream* out) {
  *out << row.name;
}

std::string identify_text(std::string_view rest) {
  return concat(R"({"op":2,"d":{"properties":{},)", rest, "}}");
}

class gateway_refusal : public testing::TestWithParam<refusal> {};

TEST_P(gateway_refusal, before_identify) {
  const simulator discord({.allowed_intents = 0x331FFFF & ~0x8102U,
                           .shard_multiple = 2,
                           .max_guilds_per_shard = 8,
                           .guilds = 10});
  test_client client(discord.gateway_port());
  client.send(GetParam().sent);
  EXPECT_EQ(client.wait_for_close(), GetParam().code);
  EXPECT_EQ(discord.statistics().violation_count(GetParam().kind), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    table, gateway_refusal,
    testing::Values(
        refusal{"unknown_opcode", R"({"op":99,"d":null})", 4001, violation_kind::unknown_opcode},
        refusal{"no_json", "hello", 4002, violation_kind::decode},
        refusal{"no_op", R"({"d":1})", 4002, violation_kind::decode},
        refusal{"too_long", R"({"op":1,"d":null,"x":")" + std::string(4100, 'x') + "\"}", 4002,
                violation_kind::payload_size},
        refusal{"command_first", R"({"op":3,"d":{}})", 4003, violation_kind::not_authenticated},
        refusal{"bad_token", identify_text(R"("token":"no","intents":1)"), 4004,
                violation_kind::authentication_failed},
        refusal{"bad_shard", identify_text(R"("token":"sim-token","intents":1,"shard":[2,2])"),
                4010, violation_kind::invalid_shard},
        refusal{"bad_multiple", identify_text(R"("token":"sim-token","intents":1,"shard":[0,3])"),
                4010, violation_kind::invalid_shard},
        refusal{"too_many_guilds", identify_text(R"("token":"sim-token","intents":1)"), 4011,
                violation_kind::sharding_required},
        refusal{"bad_intents",
                identify_text(R"("token":"sim-token","intents":131072,"shard":[0,2])"), 4013,
                violation_kind::invalid_intents},
        refusal{"no_intents", identify_text(R"("token":"sim-token","shard":[0,2])"), 4013,
                violation_kind::invalid_intents},
        refusal{"privileged_intents",
                identify_text(R"("token":"sim-token","intents":2,"shard":[0,2])"), 4014,
                violation_kind::disallowed_intents}),
    [](const auto& row) { return row.param.name; });

TEST(gateway, refuses_another_version) {
  const simulator discord({});
  test_client client(discord.gateway_port(), "v=9&encoding=json");
  EXPECT_EQ(client.wait_for_close(), 4012);
}

TEST(gateway, refuses_a_second_identify) {
  const simulator discord({});
  test_client client(discord.gateway_port());
  client.identify();
  client.send(R"({"op":2,"d":{"token":"sim-token","intents":1,"properties":{}}})");
  EXPECT_EQ(client.wait_for_close(), 4005);
}

TEST(gateway, closes_at_the_121st_payload) {
  const simulator discord({});
  test_client client(discord.gateway_port());
  client.identify();
  for (int sent = 1; sent <= 120; ++sent) client.send(R"({"op":1,"d":null})");
  EXPECT_EQ(client.wait_for_close(), 4008);
  EXPECT_EQ(discord.statistics().heartbeats, 119U);
}

TEST(gateway, drops_presences_beyond_the_limit_silently) {
  const simulator discord({});
  test_client client(discord.gateway_port());
  client.identify();
  for (int sent = 0; sent < 6; ++sent) client.send(R"({"op":3,"d":{"status":"idle"}})");
  client.send(R"({"op":1,"d":null})");
  EXPECT_NE(client.next_with(R"("op":11)"), "");
  EXPECT_EQ(discord.statistics().violation_count(violation_kind::presence_rate), 1U);
  EXPECT_EQ(discord.statistics().commands.size(), 6U);
}

TEST(gateway, answers_a_second_identify_of_a_bucket_with_op_9) {
  const simulator discord({.max_concurrency = 2});
  test_client first(discord.gateway_port());
  first.identify(0, 4);
  test_client other_bucket(discord.gateway_port());
  EXPECT_NE(other_bucket.identify(1, 4), "");
  test_client same_bucket(discord.gateway_port());
  same_bucket.next();
  same_bucket.send(R"({"op":2,"d":{"token":"sim-token","intents":1,"shard":[2,4]}})");
  EXPECT_NE(same_bucket.next().find(R"("op":9,"d":false)"), std::string::npos);
  same_bucket.send(R"({"op":3,"d":{}})");
  EXPECT_EQ(same_bucket.wait_for_close(), 4003);
  const auto now = discord.statistics();
  EXPECT_EQ(now.violation_count(violation_kind::identify_rate), 1U);
  EXPECT_EQ(now.violation_count(violation_kind::after_invalid_session), 1U);
  ASSERT_EQ(now.identifies.size(), 3U);
  EXPECT_FALSE(now.identifies[2].accepted);
  EXPECT_EQ(now.identifies[2].bucket, 0U);
}

TEST(gateway, ends_with_the_session_start_limit) {
  simulator discord({});
  discord.set_session_starts_remaining(0);
  test_client client(discord.gateway_port());
  client.identify();
  EXPECT_EQ(discord.statistics().violation_count(violation_kind::session_start_limit), 1U);
}

TEST(gateway, sends_members_in_chunks_of_a_thousand) {
  simulator discord({.guilds = 1, .members_per_guild = 2500});
  test_client client(discord.gateway_port());
  client.identify();
  const auto request = concat(R"({"op":8,"d":{"guild_id":")", discord.guild_ids()[0],
                              R"(","query":"","limit":0,"nonce":"n1"}})");
  client.send(request);
  for (int index = 0; index < 3; ++index) {
    const auto chunk = client.next_with("GUILD_MEMBERS_CHUNK");
    EXPECT_NE(chunk.find(concat(R"("chunk_index":)", index, R"(,"chunk_count":3,"nonce":"n1"})")),
              std::string::npos);
  }
  client.send(request);
  EXPECT_NE(client.next_with("RATE_LIMITED").find(R"("opcode":8)"), std::string::npos);
}

TEST(gateway, finds_members_by_id_and_by_prefix) {
  simulator discord({.guilds = 1, .members_per_guild = 50});
  test_client client(discord.gateway_port());
  client.identify();
  const auto guild = discord.guild_ids()[0];
  client.send(concat(R"({"op":8,"d":{"guild_id":")", guild, R"(","query":"user_4","limit":5}})"));
  const auto found = client.next_with("GUILD_MEMBERS_CHUNK");
  EXPECT_NE(found.find(R"("username":"user_4")"), std::string::npos);
  EXPECT_NE(found.find(R"("username":"user_40")"), std::string::npos);
  EXPECT_EQ(found.find(R"("username":"user_44")"), std::string::npos);  // the limit of five
  client.send(concat(R"({"op":8,"d":{"guild_id":")", guild, R"(","user_ids":["123"]}})"));
  EXPECT_NE(client.next_with("GUILD_MEMBERS_CHUNK").find(R"("not_found":["123"])"),
            std::string::npos);
}

TEST(gateway, closes_a_member_request_that_asks_for_nobody) {
  simulator discord({.guilds = 1});
  test_client client(discord.gateway_port());
  client.identify();
  client.send(concat(R"({"op":8,"d":{"guild_id":")", discord.guild_ids()[0], R"("}})"));
  EXPECT_EQ(client.wait_for_close(), 4001);
}

TEST(gateway, invalidates_the_session_after_an_id_that_is_none) {
  simulator discord({.guilds = 1});
  test_client client(discord.gateway_port());
  client.identify();
  client.send(
      concat(R"({"op":8,"d":{"guild_id":")", discord.guild_ids()[0], R"(","user_ids":["abc"]}})"));
  EXPECT_NE(client.next_with(R"("op":9,"d":false)"), "");
}

TEST(gateway, answers_voice_joins_and_leaves) {
  simulator discord({.guilds = 1});
  test_client client(discord.gateway_port());
  client.identify();
  const auto guild = discord.guild_ids()[0];
  client.send(concat(R"({"op":4,"d":{"guild_id":")", guild,
                     R"(","channel_id":"5","self_mute":true,"self_deaf":false}})"));
  EXPECT_NE(client.next_with("VOICE_STATE_UPDATE").find(R"("channel_id":"5")"), std::string::npos);
  EXPECT_NE(client.next().find("VOICE_SERVER_UPDATE"), std::string::npos);
  client.send(concat(R"({"op":4,"d":{"guild_id":")", guild, R"(","channel_id":null}})"));
  EXPECT_NE(client.next().find(R"("channel_id":null)"), std::string::npos);
  client.send(R"({"op":1,"d":null})");
  EXPECT_NE(client.next().find(R"("op":11)"), std::string::npos);  // and no server update
}

TEST(gateway, answers_soundboard_and_channel_info_requests) {
  simulator discord({.guilds = 2});
  test_client client(discord.gateway_port());
  client.identify();
  const auto guild = discord.guild_ids()[1];
  client.send(concat(R"({"op":31,"d":{"guild_ids":["77",")", guild, R"("]}})"));
  EXPECT_NE(client.next_with("SOUNDBOARD_SOUNDS").find(std::to_string(guild)), std::string::npos);
  client.send(concat(R"({"op":43,"d":{"guild_id":")", guild, R"(","fields":["status"]}})"));
  EXPECT_NE(client.next_with("CHANNEL_INFO"), "");
}

TEST(gateway, lets_only_wanted_events_through) {
  simulator discord({.guilds = 1});
  test_client client(discord.gateway_port());
  client.identify(0, 1, 1);  // GUILDS
  EXPECT_EQ(discord.emit(discord.guild_ids()[0], "MESSAGE_CREATE"), 0U);
  EXPECT_EQ(discord.emit(discord.guild_ids()[0], "CHANNEL_UPDATE"), 1U);
  EXPECT_NE(client.next_with("CHANNEL_UPDATE"), "");
}

}  // namespace
}  // namespace gatehouse::sim
