#include "nats_server.hpp"
#include "numbered_events.hpp"
#include "setup.hpp"
#include "stream_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

/// A stream of NATS JetStream as a handler, with real servers that fail in every way.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 4;
constexpr std::size_t bytes = 800;

class jetstream : public testing::Test {
 protected:
  void SetUp() override {
    if (!nats_server_binary()) GTEST_SKIP() << nats_server_hint;
    discord_.emplace(quick_discord(shards));
    send_.emplace(*discord_);
  }

  config_text configured(const std::string& servers, int replicas) {
    config_text config{*discord_, {"jetstream:discord.events"}};
    config.add("nats", "servers = " + servers)
        .add("nats", "replicas = " + std::to_string(replicas))
        .add("state", "dir = \"" + state_.path().string() + "\"");
    return config;
  }
  void send(std::size_t count) {
    send_->send_round(discord_->guild_ids(), count, bytes);
    sent_ += count;
  }
  /// Reads on until everything that was sent has been seen.
  bool read_everything(stream_reader& reader, std::chrono::seconds within = 60s) {
    return wait_until(
        [&] {
          for (const auto& stored : reader.read("discord_events", next_)) {
            next_ = stored.sequence + 1;
            check_.add(stored);
            last_ = stored;
          }
          return check_.seen() >= sent_;
        },
        within);
  }
  void expect_flawless() {
    EXPECT_EQ(check_.seen(), sent_);
    EXPECT_THAT(check_.faults(), testing::IsEmpty());
  }

  temporary_folder state_;
  std::optional<sim::simulator> discord_;
  std::optional<numbered_events> send_;
  number_check check_;
  nats::stored_message last_;
  std::uint64_t next_ = 1;
  std::uint64_t sent_ = 0;
};

std::string list_of(const nats_server& server) {
  return "[\"" + server.url() + "\"]";
}

TEST_F(jetstream, gets_every_event_once_and_in_order) {
  nats_server server;
  daemon_process daemon{configured(list_of(server), 1).str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  send(2'000);
  stream_reader reader{{server.url()}};
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon.log();
  expect_flawless();
  const auto& got = last_.content;
  EXPECT_THAT(got.subject, testing::MatchesRegex("discord.events.[0-3].MESSAGE_CREATE"));
  EXPECT_THAT(got.payload, testing::StartsWith("{\"shardId\":"));
  std::vector<std::string> names;
  for (const auto& each : got.headers) names.push_back(each.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("Nats-Msg-Id", "Gatehouse-Event-Id",
                                                   "Gatehouse-Guild-Id", "Gatehouse-Attempt",
                                                   "Gatehouse-Received"));
  EXPECT_TRUE(daemon.wait_for_log("has one replica")) << daemon.log();
  EXPECT_TRUE(daemon.wait_for_log("max_payload is 1048576")) << daemon.log();
  EXPECT_EQ(daemon.stop()->exit_code, 0) << daemon.log();
}

TEST_F(jetstream, loses_and_repeats_nothing_when_leader_and_daemon_are_killed) {
  nats_cluster servers;
  const auto config = configured(servers.url_list(), 3).str();
  std::optional<daemon_process> daemon{std::in_place, config};
  ASSERT_TRUE(wait_for_start(*daemon, shards)) << daemon->log();
  stream_reader reader{servers.urls()};
  const auto load = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      send(20);
      wait_until([] { return false; }, 10ms);
    }
  };
  load(100);
  auto* leader = servers.by_name(reader.describe("discord_events").leader);
  ASSERT_NE(leader, nullptr);
  leader->kill();
  load(200);
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon->log();
  load(100);
  daemon->send_signal(SIGKILL);
  daemon->wait_for_end(10s);
  load(50);
  daemon.emplace(config);
  load(100);
  leader->start();
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon->log();
  expect_flawless();
}

TEST_F(jetstream, takes_an_event_that_is_too_large_out_of_the_way) {
  nats_server server;
  daemon_process daemon{configured(list_of(server), 1).str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  const auto guild = discord_->guild_ids().front();
  const std::string large(3 << 20, 'x');
  send(100);
  discord_->emit_to_guild(guild, "GUILD_UPDATE",
                          "{\"id\":\"" + std::to_string(guild) + "\",\"x\":\"" + large + "\"}");
  send(100);
  stream_reader reader{{server.url()}};
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon.log();
  expect_flawless();
  EXPECT_TRUE(daemon.wait_for_log("larger than the server's max_payload")) << daemon.log();
  EXPECT_THAT(daemon.log(), testing::Not(testing::HasSubstr("is down")));
}

TEST_F(jetstream, keeps_what_a_full_stream_does_not_take) {
  nats_server server;
  auto config = configured(list_of(server), 1);
  config.add("nats", "events_max_mb = 1");
  daemon_process daemon{config.str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  send(3'000);
  ASSERT_TRUE(daemon.wait_for_log("is down")) << daemon.log();
  EXPECT_THAT(daemon.log(), testing::HasSubstr("full"));
  stream_reader reader{{server.url()}};
  // A consumer works its way through, and makes room.
  ASSERT_TRUE(wait_until(
      [&] {
        for (const auto& stored : reader.read("discord_events", next_)) {
          next_ = stored.sequence + 1;
          check_.add(stored);
          reader.erase("discord_events", stored.sequence);
        }
        return check_.seen() >= sent_;
      },
      90s))
      << check_.seen() << '\n'
      << daemon.log();
  expect_flawless();
}

TEST_F(jetstream, may_be_dead_at_the_start) {
  nats_server server{nats_server::options{}};
  daemon_process daemon{configured(list_of(server), 1).str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  send(500);
  ASSERT_TRUE(daemon.wait_for_log("is down")) << daemon.log();
  server.start();
  stream_reader reader{{server.url()}};
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon.log();
  expect_flawless();
}

TEST_F(jetstream, may_stop_for_a_while) {
  nats_server server;
  daemon_process daemon{configured(list_of(server), 1).str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  send(500);
  stream_reader reader{{server.url()}};
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon.log();
  server.send_signal(SIGSTOP);
  send(500);
  EXPECT_TRUE(daemon.wait_for_log("is down")) << daemon.log();
  // Nothing waits for it: the daemon goes on.
  EXPECT_EQ(http_get(daemon.admin_port(), "/healthz").status, 200);
  server.send_signal(SIGCONT);
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon.log();
  expect_flawless();
}

TEST_F(jetstream, is_made_again_when_it_is_deleted) {
  nats_server server;
  daemon_process daemon{configured(list_of(server), 1).str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  send(200);
  stream_reader reader{{server.url()}};
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon.log();
  ASSERT_TRUE(reader.request("$JS.API.STREAM.DELETE.discord_events", ""));
  next_ = 1;
  send(200);
  ASSERT_TRUE(wait_until(
      [&] {
        const auto again = reader.request("$JS.API.STREAM.INFO.discord_events", "");
        return again && again->payload.find("\"error\"") == std::string::npos;
      },
      30s))
      << daemon.log();
  ASSERT_TRUE(read_everything(reader)) << check_.seen() << '\n' << daemon.log();
  expect_flawless();
}

TEST_F(jetstream, refuses_wrong_credentials_until_they_are_right) {
  nats_server server{{"n1", 0, "authorization { user: u, password: p }\n", "nats"}};
  server.start();
  auto config = configured(list_of(server), 1);
  config.add("nats", "user = \"u\"").add("nats", "password = \"wrong-secret\"");
  daemon_process daemon{config.str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  send(10);
  ASSERT_TRUE(daemon.wait_for_log("Authorization")) << daemon.log();
  ASSERT_TRUE(daemon.wait_for_log("is down")) << daemon.log();
  EXPECT_THAT(daemon.log(), testing::Not(testing::HasSubstr("wrong-secret")));
  EXPECT_EQ(daemon.stop()->exit_code, 0) << daemon.log();
}

}  // namespace
}  // namespace gatehouse::test
