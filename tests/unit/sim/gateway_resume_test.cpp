#include "append.hpp"
#include "test_client.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using test::patience;
using test::test_client;
using namespace std::chrono_literals;

/// Waits until no session is connected any more.
bool wait_for_disconnect(const simulator& discord) {
  return discord.wait_for(
      [](const statistics& now) {
        return now.open_connections == 0 && now.connected_sessions() == 0;
      },
      patience);
}

class gateway_resume : public testing::Test {
 protected:
  /// Identifies and reads up to the last GUILD_CREATE (guilds = 2: seq 3).
  std::string start(simulator& discord) {
    test_client client(discord.gateway_port());
    const auto ready = client.identify();
    client.next_with(R"("s":3,)");
    client.drop();
    EXPECT_TRUE(wait_for_disconnect(discord));
    return test::session_id_of(ready);
  }
  /// Identifies and reads its only GUILD_CREATE (guilds = 1: seq 2).
  static std::string connect(test_client& client) {
    auto session = test::session_id_of(client.identify());
    client.next_with(R"("s":2,)");
    return session;
  }
};

TEST_F(gateway_resume, repeats_what_was_missed_and_ends_with_resumed) {
  simulator discord({.guilds = 2});
  const auto session = start(discord);
  discord.emit(discord.guild_ids()[0], "MESSAGE_CREATE");
  discord.emit(discord.guild_ids()[1], "MESSAGE_CREATE");
  test_client client(discord.gateway_port());
  client.resume(session, 2);
  for (std::uint64_t seq = 3; seq <= 5; ++seq) EXPECT_EQ(test::seq_of(client.next()), seq);
  const auto resumed = client.next();
  EXPECT_NE(resumed.find(R"("t":"RESUMED","s":6,)"), std::string::npos) << resumed;
  const auto now = discord.statistics();
  EXPECT_EQ(now.resumes_accepted, 1U);
  ASSERT_EQ(now.resumes.size(), 1U);
  EXPECT_EQ(now.resumes[0].replayed, 3U);
  EXPECT_EQ(now.identifies_accepted, 1U);
}

TEST_F(gateway_resume, is_refused_beyond_the_buffer) {
  simulator discord({.replay_events = 2, .guilds = 2});
  const auto session = start(discord);
  for (int index = 0; index < 3; ++index) discord.emit(discord.guild_ids()[0], "MESSAGE_CREATE");
  test_client client(discord.gateway_port());
  client.resume(session, 3);
  EXPECT_NE(client.next().find(R"("op":9,"d":false)"), std::string::npos);
  EXPECT_EQ(discord.statistics().resumes_refused, 1U);
  // The same connection may identify anew.
  client.send(R"({"op":2,"d":{"token":"sim-token","intents":1}})");
  EXPECT_NE(client.next(), "");
}

TEST_F(gateway_resume, is_refused_for_an_unknown_session) {
  const simulator discord({});
  test_client client(discord.gateway_port());
  client.resume("0123456789abcdef", 1);
  EXPECT_NE(client.next().find(R"("op":9,"d":false)"), std::string::npos);
}

TEST_F(gateway_resume, closes_with_4007_for_an_impossible_seq) {
  simulator discord({.guilds = 2});
  const auto session = start(discord);
  test_client client(discord.gateway_port());
  client.resume(session, 4);
  EXPECT_EQ(client.wait_for_close(), 4007);
}

TEST_F(gateway_resume, is_refused_after_the_lifetime) {
  simulator discord({.session_lifetime = 1ms, .guilds = 2});
  const auto session = start(discord);
  EXPECT_TRUE(
      discord.wait_for([](const statistics& now) { return now.sessions.empty(); }, patience));
  test_client client(discord.gateway_port());
  client.resume(session, 3);
  EXPECT_NE(client.next().find(R"("op":9,"d":false)"), std::string::npos);
}

TEST_F(gateway_resume, survives_every_client_close_but_1000_and_1001) {
  simulator discord({.identify_window = 0ms, .guilds = 1});
  for (const auto code : std::initializer_list<std::uint16_t>{1000, 1001, 4000, 4900}) {
    test_client client(discord.gateway_port());
    const auto session = test::session_id_of(client.identify());
    client.send_close(code);
    client.wait_for_close();
    ASSERT_TRUE(wait_for_disconnect(discord));
    test_client again(discord.gateway_port());
    again.resume(session, 1);
    const bool lives = code == 4000 || code == 4900;
    EXPECT_NE(again.next_with(lives ? "RESUMED" : R"("op":9,"d":false)"), "") << code;
    again.drop();
    ASSERT_TRUE(wait_for_disconnect(discord));
  }
  const auto closes = discord.statistics().client_closes;
  EXPECT_EQ(closes.at(1000), 1U);
  EXPECT_EQ(closes.at(4900), 1U);
}

TEST_F(gateway_resume, takes_the_session_from_an_earlier_connection) {
  simulator discord({.guilds = 1});
  test_client first(discord.gateway_port());
  const auto session = connect(first);
  test_client second(discord.gateway_port());
  second.resume(session, 2);
  EXPECT_NE(second.next_with("RESUMED"), "");
  EXPECT_EQ(first.wait_for_close(), 4000);
}

TEST_F(gateway_resume, leaves_the_earlier_connection_open_when_so_configured) {
  simulator discord({.on_resume = resume_policy::keep, .guilds = 1});
  test_client first(discord.gateway_port());
  const auto session = connect(first);
  test_client second(discord.gateway_port());
  second.resume(session, 2);
  EXPECT_NE(second.next_with(R"("t":"RESUMED","s":3,)"), "");
  discord.emit(discord.guild_ids()[0], "MESSAGE_CREATE");
  EXPECT_EQ(test::seq_of(first.next()), 4U) << "not the RESUMED of the other";
  EXPECT_EQ(test::seq_of(second.next()), 4U);
  first.drop();
  discord.emit(discord.guild_ids()[0], "MESSAGE_CREATE");
  EXPECT_EQ(test::seq_of(second.next()), 5U);
  EXPECT_EQ(discord.statistics().shards.at(0).most_live_sessions, 1) << "one session all the time";
}

TEST_F(gateway_resume, is_refused_while_the_session_is_connected_when_so_configured) {
  simulator discord({.on_resume = resume_policy::refuse_live, .guilds = 1});
  test_client first(discord.gateway_port());
  const auto session = connect(first);
  {
    test_client second(discord.gateway_port());
    second.resume(session, 2);
    EXPECT_NE(second.next().find(R"("op":9,"d":false)"), std::string::npos);
  }
  first.drop();
  ASSERT_TRUE(wait_for_disconnect(discord));
  test_client third(discord.gateway_port());
  third.resume(session, 2);
  EXPECT_NE(third.next_with("RESUMED"), "");
}

TEST_F(gateway_resume, shows_how_many_sessions_a_shard_has_and_how_long_none) {
  simulator discord({.identify_window = 0ms, .guilds = 2});
  const auto session = start(discord);
  const auto shard_becomes = [&](auto condition) {
    return discord.wait_for(
        [&](const statistics& now) { return !now.shards.empty() && condition(now.shards.at(0)); },
        patience);
  };
  ASSERT_TRUE(shard_becomes([](const shard_presence& seen) { return seen.away >= 20ms; }));
  test_client again(discord.gateway_port());
  again.resume(session, 2);
  again.next_with("RESUMED");
  test_client twin(discord.gateway_port());
  twin.identify();
  EXPECT_TRUE(shard_becomes([](const shard_presence& seen) {
    return seen.live_sessions == 2 && seen.most_live_sessions == 2 && seen.longest_gap >= 20ms &&
           seen.away == 0ms;
  }));
  twin.drop();
  EXPECT_TRUE(shard_becomes([](const shard_presence& seen) {
    return seen.live_sessions == 1 && seen.most_live_sessions == 2;
  }));
}

TEST_F(gateway_resume, loses_what_a_heartbeat_acknowledged_when_so_configured) {
  simulator discord({.trim_replay_by_heartbeat = true, .guilds = 2});
  std::string session;
  {
    test_client client(discord.gateway_port());
    session = test::session_id_of(client.identify());
    client.send(R"({"op":1,"d":3})");
    client.next_with(R"("op":11)");
  }
  ASSERT_TRUE(wait_for_disconnect(discord));
  test_client late(discord.gateway_port());
  late.resume(session, 2);
  EXPECT_NE(late.next().find(R"("op":9,"d":false)"), std::string::npos);
}

TEST_F(gateway_resume, may_be_told_a_second_port) {
  simulator discord({.resume = resume_target::second_port, .guilds = 1});
  EXPECT_NE(discord.resume_url(), discord.gateway_url());
  test_client first(discord.gateway_port());
  const auto ready = first.identify();
  EXPECT_NE(ready.find(discord.resume_url()), std::string::npos);
  const auto port = static_cast<std::uint16_t>(
      std::stoi(discord.resume_url().substr(discord.resume_url().rfind(':') + 1)));
  test_client second(port);
  second.resume(test::session_id_of(ready), 1);
  EXPECT_NE(second.next_with("RESUMED"), "");
  EXPECT_EQ(discord.statistics().second_port_connections, 1U);
  EXPECT_TRUE(discord.statistics().resumes.at(0).on_second_port);
}

TEST_F(gateway_resume, may_be_told_a_dead_port) {
  const simulator discord({.resume = resume_target::dead_port});
  const auto port = static_cast<std::uint16_t>(
      std::stoi(discord.resume_url().substr(discord.resume_url().rfind(':') + 1)));
  EXPECT_THROW(test_client client(port), boost::system::system_error);
}

}  // namespace
}  // namespace gatehouse::sim
