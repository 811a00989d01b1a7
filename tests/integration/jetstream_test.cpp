#include "daemon_figures.hpp"
#include "stream_world.hpp"

#include <gatehouse/sim/event_handler.hpp>

#include <string>
#include <vector>

/// A stream of NATS JetStream as a handler: what is promised of it (docs/delivery.md).
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class jetstream : public stream_world {};

TEST_F(jetstream, gets_every_event_once_and_in_order) {
  const nats_server server;
  start(configured(list_of(server.port())));
  send(2'000);
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
  EXPECT_THAT(last_.content.subject, testing::MatchesRegex("discord.events.[0-3].MESSAGE_CREATE"));
  EXPECT_THAT(last_.content.payload, testing::StartsWith("{\"shardId\":"));
  std::vector<std::string> names;
  for (const auto& each : last_.content.headers) names.push_back(each.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("Nats-Msg-Id", "Gatehouse-Event-Id",
                                                   "Gatehouse-Guild-Id", "Gatehouse-Total-Shards",
                                                   "Gatehouse-Attempt", "Gatehouse-Received"));
  EXPECT_EQ(header_of(last_, "Gatehouse-Total-Shards"), "4");
  EXPECT_EQ(header_of(last_, "Gatehouse-Attempt"), "1");
  EXPECT_TRUE(daemon().wait_for_log("has one replica")) << daemon().log();
  EXPECT_TRUE(daemon().wait_for_log("max_payload is 1048576")) << daemon().log();
  EXPECT_EQ(daemon().stop()->exit_code, 0) << daemon().log();
}

/// Acceptance test 17 of the design for many machines, for one machine of them.
TEST_F(jetstream, repeats_and_misses_nothing_when_leader_and_daemon_are_killed) {
  nats_cluster servers;
  const auto config = configured(servers.url_list(), 3);
  start(config);
  stream_reader reader{servers.urls()};
  discord_->set_rate(2'000);
  let_flow(2'000);
  ASSERT_TRUE(daemon().wait_for_log("stream discord_events is there", 60s)) << daemon().log();
  nats_server* leader = nullptr;
  ASSERT_TRUE(wait_until(
      [&] { return (leader = servers.by_name(reader.describe(stream).leader)) != nullptr; }, 20s));
  leader->kill();
  let_flow(6'000);
  read_on(reader);
  kill_daemon();
  let_flow(500);
  start(config);
  leader->start();
  let_flow(2'000);
  discord_->set_rate(0);
  expect_flawless(reader);
  EXPECT_EQ(discord_->statistics().identifies_accepted, shards);
}

TEST_F(jetstream, repeats_and_misses_nothing_over_kills) {
  const nats_server server;
  auto config = configured(list_of(server.port()));
  config.add("state", "checkpoint_ms = 100");
  start(config);
  discord_->set_rate(2'000);
  for (int i = 0; i < 5; ++i) {
    let_flow(700);
    kill_daemon();
    start(config);
  }
  let_flow(700);
  discord_->set_rate(0);
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
}

/// Acceptance test 18.
TEST_F(jetstream, takes_an_event_that_is_too_large_out_of_the_way) {
  const nats_server server;
  start(configured(list_of(server.port())));
  const auto guild = discord_->guild_ids().front();
  const auto emit_large = [&](std::size_t bytes) {
    discord_->emit_to_guild(
        guild, "GUILD_UPDATE",
        "{\"id\":\"" + std::to_string(guild) + "\",\"x\":\"" + std::string(bytes, 'x') + "\"}");
  };
  send(100);
  emit_large(3UL << 20);
  emit_large((1UL << 20) - 150);  // with its headers it is too large, too
  send(100);
  stream_reader reader{{server.url()}};
  ASSERT_TRUE(wait_until(
      [&] {
        read_on(reader);
        return discord_->registry()->missing().size() == 2;
      },
      60s))
      << daemon().log();
  EXPECT_THAT(check_->faults(), testing::IsEmpty());
  EXPECT_TRUE(daemon().wait_for_log("larger than the server's max_payload")) << daemon().log();
  EXPECT_THAT(daemon().log(), Not(HasSubstr("is down")));
  EXPECT_TRUE(wait_until(
      [&] {
        return lines_in(state_.path() / "dead-letters.ndjson") == 2 &&
               metric(daemon(), "gatehouse_nats_oversize_total") == 2;
      },
      20s));
}

TEST_F(jetstream, takes_a_dead_letter_when_it_takes_more) {
  nats_server server;
  const auto config = configured(list_of(server.port()));
  start(config);
  const auto guild = discord_->guild_ids().front();
  discord_->emit_to_guild(
      guild, "GUILD_UPDATE",
      "{\"id\":\"" + std::to_string(guild) + "\",\"x\":\"" + std::string(3UL << 20, 'x') + "\"}");
  EXPECT_TRUE(
      wait_until([&] { return lines_in(state_.path() / "dead-letters.ndjson") == 1; }, 20s));
  EXPECT_EQ(daemon().stop()->exit_code, 0) << daemon().log();
  server.kill();
  server.set_extra("max_payload: 8MB\n");
  server.start();
  const temporary_folder folder;
  const auto file = folder.write("gatehouse.toml", config.str());
  daemon_process replay{{"dead-letters", "replay", "--config", file}};
  EXPECT_EQ(replay.wait_for_end(20s)->exit_code, 0) << replay.log();
  daemon_process doctor{{"doctor", "--config", file}};
  EXPECT_TRUE(doctor.wait_for_end(20s));
  EXPECT_THAT(doctor.log(), HasSubstr("is the stream discord_events"));
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
}

/// Acceptance test 18.
TEST_F(jetstream, keeps_what_a_full_stream_does_not_take) {
  const nats_server server;
  auto config = configured(list_of(server.port()));
  config.add("nats", "events_max_mb = 1");
  start(config);
  send(3'000);
  ASSERT_TRUE(daemon().wait_for_log("is down")) << daemon().log();
  EXPECT_THAT(daemon().log(), HasSubstr("full: maximum bytes exceeded"));
  stream_reader reader{{server.url()}};
  // A consumer works its way through, and makes room.
  expect_flawless(reader, true);
  EXPECT_EQ(lines_in(state_.path() / "dead-letters.ndjson"), 0U);
}

TEST_F(jetstream, works_beside_http_handlers) {
  const nats_server server;
  sim::event_handler handler{{.registry = discord_->registry()}};
  const auto text = configured(list_of(server.port())).str() +
                    "\n[[events.route]]\nevents = [\"TYPING_START\"]\nurls = [\"" + handler.url() +
                    "\"]\n";
  daemon_.emplace(text);
  ASSERT_TRUE(wait_for_start(daemon(), shards)) << daemon().log();
  const auto guild = discord_->guild_ids().front();
  discord_->emit_to_guild(guild, "TYPING_START",
                          "{\"guild_id\":\"" + std::to_string(guild) + "\"}");
  send(100);
  EXPECT_TRUE(handler.wait_until(
      [](const sim::handler_statistics& now) { return now.by_type.contains("TYPING_START"); }, 20s))
      << daemon().log();
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
}

TEST_F(jetstream, is_not_had_by_a_reload_without_servers) {
  sim::event_handler handler{{.registry = discord_->registry()}};
  const config_text before{*discord_, {handler.url()}};
  start(before);
  auto changed = before.str();
  const auto at = changed.find(handler.url());
  changed.replace(at, handler.url().size(), "jetstream:discord.events");
  changed += "[nats]\nservers = [\"nats://127.0.0.1:4222\"]\n";
  static_cast<void>(daemon().folder().write("gatehouse.toml", changed));
  daemon().send_signal(SIGHUP);
  EXPECT_TRUE(daemon().wait_for_log("only a restart changes it")) << daemon().log();
  send(10);
  EXPECT_TRUE(wait_until([&] { return discord_->registry()->missing().empty(); }, 20s));
}

}  // namespace
}  // namespace gatehouse::test
