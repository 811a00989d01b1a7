#include "daemon_figures.hpp"
#include "mute_relay.hpp"
#include "stream_world.hpp"

#include <string>

/// A stream of NATS JetStream as a handler, with servers that fail in every way.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class jetstream_in_trouble : public stream_world {
 protected:
  void expect_down_and_alive() {
    EXPECT_TRUE(daemon().wait_for_log("is down")) << daemon().log();
    EXPECT_EQ(http_get(daemon().admin_port(), "/healthz").status, 200);
  }
};

TEST_F(jetstream_in_trouble, with_servers_that_are_dead_at_the_start) {
  nats_server server{nats_server::options{}};
  start(configured(list_of(server.port())));
  send(500);
  expect_down_and_alive();
  server.start();
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
}

TEST_F(jetstream_in_trouble, with_a_server_that_dies_under_load) {
  nats_server server;
  start(configured(list_of(server.port())));
  stream_reader reader{{server.url()}};
  discord_->set_rate(1'000);
  for (int i = 0; i < 2; ++i) {
    let_flow(1'000);
    server.kill();
    let_flow(1'000);
    expect_down_and_alive();
    server.start();
  }
  let_flow(1'000);
  discord_->set_rate(0);
  expect_flawless(reader);
}

/// Until its connections are given up, which takes 8 s, and a new one is not to be had either.
TEST_F(jetstream_in_trouble, with_a_server_that_stops_for_a_while) {
  const nats_server server;
  start(configured(list_of(server.port())));
  discord_->set_rate(500);
  let_flow(500);
  server.send_signal(SIGSTOP);
  expect_down_and_alive();
  EXPECT_TRUE(daemon().wait_for_log("the connection was lost", 40s)) << daemon().log();
  EXPECT_TRUE(daemon().wait_for_log("no connection to", 40s)) << daemon().log();
  EXPECT_EQ(http_get(daemon().admin_port(), "/healthz").status, 200);
  server.send_signal(SIGCONT);
  let_flow(500);
  discord_->set_rate(0);
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
}

/// And its end does not wait for it.
TEST_F(jetstream_in_trouble, with_a_server_that_hangs_while_the_daemon_stops) {
  const nats_server server;
  const auto config = configured(list_of(server.port()));
  start(config);
  discord_->set_rate(500);
  let_flow(200);
  server.send_signal(SIGSTOP);
  expect_down_and_alive();
  const auto end = daemon().stop();
  server.send_signal(SIGCONT);
  ASSERT_TRUE(end) << daemon().log();
  EXPECT_EQ(end->exit_code, 0) << daemon().log();
  start(config);
  discord_->set_rate(0);
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
}

TEST_F(jetstream_in_trouble, with_a_stream_that_only_its_owner_may_create) {
  const nats_server server;
  auto config = configured(list_of(server.port()));
  config.add("nats", "create = false");
  start(config);
  send(200);
  expect_down_and_alive();
  EXPECT_TRUE(daemon().wait_for_log("nats.create is false")) << daemon().log();
  stream_reader reader{{server.url()}};
  nats::stream_settings wanted;
  wanted.name = stream;
  wanted.subjects = {"discord.events.>"};
  wanted.discard_new = false;
  ASSERT_TRUE(reader.create(wanted));
  expect_flawless(reader);
  EXPECT_TRUE(daemon().wait_for_log("discards old events")) << daemon().log();
}

TEST_F(jetstream_in_trouble, with_a_stream_that_is_deleted) {
  const nats_server server;
  start(configured(list_of(server.port())));
  send(200);
  stream_reader reader{{server.url()}};
  ASSERT_TRUE(gets_everything(reader)) << daemon().log();
  ASSERT_TRUE(reader.request("$JS.API.STREAM.DELETE.discord_events", ""));
  next_ = 1;
  send(200);
  expect_flawless(reader);
}

TEST_F(jetstream_in_trouble, with_acknowledgements_that_are_lost) {
  const nats_server server;
  mute_relay relay{server.port()};
  start(configured(list_of(relay.port())));
  discord_->set_rate(500);
  let_flow(500);
  relay.set_mute(true);
  EXPECT_TRUE(wait_until([&] { return relay.lost() > 0; }, 20s));
  expect_down_and_alive();
  relay.set_mute(false);
  let_flow(500);
  discord_->set_rate(0);
  stream_reader reader{{server.url()}};
  expect_flawless(reader);
  EXPECT_TRUE(
      wait_until([&] { return metric(daemon(), "gatehouse_nats_duplicates_total") > 0; }, 20s))
      << daemon().log();
}

TEST_F(jetstream_in_trouble, with_wrong_credentials) {
  nats_server server{{"n1", 0, "authorization { user: u, password: other }\n", "nats"}};
  server.start();
  auto config = configured(list_of(server.port()));
  config.add("nats", "user = \"u\"").add("nats", "password = \"its-secret\"");
  start(config);
  send(200);
  EXPECT_TRUE(daemon().wait_for_log("Authorization Violation")) << daemon().log();
  expect_down_and_alive();
  server.kill();
  server.set_extra("authorization { user: u, password: its-secret }\n");
  server.start();
  config::nats_settings same;
  same.servers = {server.url()};
  same.user = "u";
  same.password = config::secret{"its-secret"};
  stream_reader reader{same};
  expect_flawless(reader);
  EXPECT_EQ(daemon().stop()->exit_code, 0) << daemon().log();
  EXPECT_THAT(daemon().log(), Not(HasSubstr("its-secret")));
}

TEST_F(jetstream_in_trouble, with_a_user_that_may_not_publish) {
  const auto allowed = [](const std::string& permissions) {
    return "authorization { users: [ { user: u, password: p, permissions: { " + permissions +
           " } }, { user: all, password: p } ] }\n";
  };
  nats_server server{{"n1", 0, allowed("publish: \"$JS.API.>\", subscribe: \"_INBOX.>\""), "nats"}};
  server.start();
  auto config = configured(list_of(server.port()));
  config.add("nats", "user = \"u\"").add("nats", "password = \"p\"");
  start(config);
  send(200);
  expect_down_and_alive();
  EXPECT_TRUE(daemon().wait_for_log("Permissions Violation for Publish")) << daemon().log();
  server.kill();
  // What docs/delivery.md asks for is enough.
  server.set_extra(
      allowed(R"(publish: ["discord.events.>", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.*",)"
              R"( "$JS.API.STREAM.CREATE.*"], subscribe: "_INBOX.gatehouse.>")"));
  server.start();
  config::nats_settings all;
  all.servers = {server.url()};
  all.user = "all";
  all.password = config::secret{"p"};
  stream_reader reader{all};
  expect_flawless(reader);
}

}  // namespace
}  // namespace gatehouse::test
