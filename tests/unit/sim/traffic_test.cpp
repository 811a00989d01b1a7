#include "event_factory.hpp"
#include "test_client.hpp"

#include <gatehouse/sim/content_hash.hpp>

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using test::patience;
using test::test_client;
using namespace std::chrono_literals;

/// Reads numbered events; false when order or numbering is broken.
testing::AssertionResult read_events(test_client& client, std::uint64_t count) {
  std::map<std::uint64_t, std::uint64_t> last;
  std::uint64_t last_seq = 0;
  for (std::uint64_t seen = 0; seen < count;) {
    const auto payload = client.next();
    if (payload.empty()) return testing::AssertionFailure() << "ended after " << seen;
    const auto mark = find_event_mark(payload);
    if (mark.number == 0) continue;
    ++seen;
    const auto seq = test::seq_of(payload);
    if (seq <= last_seq) return testing::AssertionFailure() << "seq " << seq;
    last_seq = seq;
    if (mark.number != ++last[mark.guild_id]) {
      return testing::AssertionFailure() << "guild " << mark.guild_id << ": " << mark.number;
    }
  }
  return testing::AssertionSuccess();
}

class flood_transport : public testing::TestWithParam<const char*> {};

TEST_P(flood_transport, delivers_everything_in_order) {
  simulator discord({.replay_events = 100, .guilds = 20});
  test_client client(discord.gateway_port(), GetParam());
  client.identify();
  discord.flood(3000);
  EXPECT_TRUE(read_events(client, 3000));
  EXPECT_TRUE(
      discord.wait_for([](const statistics& now) { return now.flood_remaining == 0; }, patience));
}

TEST_P(flood_transport, holds_a_prepared_run_back_until_released) {
  simulator discord({.guilds = 20});
  test_client client(discord.gateway_port(), GetParam());
  client.identify();
  discord.prepare_flood(2000);
  EXPECT_GT(discord.statistics().pending_bytes, 0U);
  client.send(R"({"op":1,"d":1})");
  discord.release_flood();
  EXPECT_TRUE(read_events(client, 2000));
  EXPECT_NE(client.next_with(R"("op":11)"), "");
}

INSTANTIATE_TEST_SUITE_P(all, flood_transport,
                         testing::Values("v=10&encoding=json",
                                         "v=10&encoding=json&compress=zlib-stream",
                                         "v=10&encoding=json&compress=zstd-stream"));

TEST(traffic, a_flood_waits_for_a_shard_that_is_away) {
  simulator discord({.guilds = 2});
  std::string session;
  {
    test_client client(discord.gateway_port());
    session = test::session_id_of(client.identify());
    client.next_with(R"("s":3,)");
  }
  ASSERT_TRUE(discord.wait_for(
      [](const statistics& now) {
        return now.open_connections == 0 && now.connected_sessions() == 0;
      },
      patience));
  discord.flood(10);
  EXPECT_EQ(discord.statistics().flood_remaining, 10U);
  test_client client(discord.gateway_port());
  client.resume(session, 3);
  EXPECT_TRUE(read_events(client, 10));
}

TEST(traffic, comes_at_a_rate) {
  simulator discord({.guilds = 3});
  test_client client(discord.gateway_port());
  client.identify();
  discord.set_rate(500);
  EXPECT_TRUE(read_events(client, 50));
}

TEST(traffic, every_session_that_covers_a_guild_gets_its_events) {
  simulator discord({.max_concurrency = 16, .guilds = 12, .delivery_delay_max = 30ms});
  test_client old_shard(discord.gateway_port());
  const auto first = old_shard.identify(0, 1);
  test_client new_shard(discord.gateway_port());
  const auto second = new_shard.identify(1, 2);
  EXPECT_NE(test::session_id_of(first), test::session_id_of(second));
  for (const auto guild : discord.guild_ids()) discord.emit(guild, "MESSAGE_CREATE");
  for (const auto guild : discord.guild_ids()) {
    EXPECT_EQ(find_event_mark(old_shard.next_with("MESSAGE_CREATE")).guild_id, guild);
    if ((guild >> 22U) % 2 == 0) continue;
    EXPECT_EQ(find_event_mark(new_shard.next_with("MESSAGE_CREATE")).guild_id, guild);
  }
}

TEST(traffic, is_registered_byte_for_byte) {
  simulator discord({.guilds = 1});
  test_client client(discord.gateway_port());
  const auto ready = client.identify();
  const auto session = test::session_id_of(ready);
  discord.emit(discord.guild_ids()[0], "MESSAGE_CREATE");
  const auto payload = client.next_with("MESSAGE_CREATE");
  EXPECT_EQ(discord.registry()->received(session, 3, content_hash(payload)),
            event_registry::verdict::matched);
  const auto missing = discord.registry()->missing();
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_EQ(missing[0].type, "READY");
  EXPECT_EQ(missing[1].type, "GUILD_CREATE");
}

TEST(traffic, a_new_guild_is_announced_to_its_shard) {
  simulator discord({.guilds = 1});
  test_client client(discord.gateway_port());
  client.identify();
  client.next_with("GUILD_CREATE");
  const auto guild = discord.add_guild();
  EXPECT_NE(client.next_with("GUILD_CREATE").find(std::to_string(guild)), std::string::npos);
}

TEST(traffic, passes_raw_payloads_as_they_are) {
  simulator discord({.guilds = 1});
  test_client client(discord.gateway_port());
  client.identify();
  discord.emit_to_guild(discord.guild_ids()[0], "WHATEVER", R"({"a":1})");
  EXPECT_TRUE(client.next_with("WHATEVER").ends_with(R"("op":0,"d":{"a":1}})"));
  discord.send_payload(0, R"({"op":77,"d":null})");
  EXPECT_NE(client.next_with(R"({"op":77,"d":null})"), "");
}

}  // namespace
}  // namespace gatehouse::sim
