#include "delivery_fixture.hpp"
#include "nats_double.hpp"
#include "nats_server.hpp"

#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/nats/connect.hpp>

#include <gmock/gmock.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

/// Streams as handlers: over the double what becomes of each event, over a real server the rest.
namespace gatehouse::delivery::testing {
namespace {

using nats::trouble;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

telemetry::logger silent() {
  return std::make_shared<spdlog::logger>("nats", std::make_shared<spdlog::sinks::null_sink_mt>());
}

std::string payload_of(std::size_t bytes) {
  return "{\"x\":\"" + std::string(bytes, 'x') + "\"}";
}

/// Reads a stream from the same loop.
class stream_delivery : public delivery_fixture {
 protected:
  void use(nats::engine& engine) {
    reader = engine.make_client(io.get_executor());
    streams.emplace(engine, settings, silent());
    chosen.handlers.urls = {"jetstream:discord.events"};
    chosen.streams = &*streams;
    start();
  }
  /// What is stored, by position.
  std::vector<nats::stored_message> stored() {
    std::vector<nats::stored_message> all;
    bool is_end = false;
    std::function<void(std::uint64_t)> next = [&](std::uint64_t from) {
      reader->read_next("discord_events", ">", from,
                        [&, from](const nats::result<nats::stored_message>& got) {
                          is_end = !got && got.error().what == nats::errc::not_found;
                          if (!got && !is_end) return next(from);
                          if (is_end) return;
                          all.push_back(*got);
                          next(got->sequence + 1);
                        });
    };
    next(1);
    EXPECT_TRUE(reach([&] { return is_end; }));
    return all;
  }
  std::vector<std::string> stored_ids() {
    std::vector<std::string> ids;
    for (const auto& each : stored()) {
      for (const auto& [name, value] : each.content.headers) {
        if (name == "Nats-Msg-Id") ids.push_back(value);
      }
    }
    return ids;
  }

  config::nats_settings settings;
  std::unique_ptr<nats::client> reader;
  std::optional<event_streams> streams;
};

class over_the_double : public stream_delivery {
 protected:
  void start_over_the_double() { use(*process); }
  ~over_the_double() override {
    if (delivery) {
      EXPECT_TRUE(stop());
    }
    delivery.reset();
    reader.reset();
  }
  over_the_double() = default;
  over_the_double(const over_the_double&) = delete;
  over_the_double& operator=(const over_the_double&) = delete;

  nats::nats_double servers{1 << 20};
  std::unique_ptr<nats::nats_double::process> process = servers.make_process();
};

TEST_F(over_the_double, an_event_becomes_a_message_of_its_shard_and_name) {
  start_over_the_double();
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  const auto all = stored();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].content.subject, ::testing::StartsWith("discord.events."));
  EXPECT_THAT(all[0].content.payload, ::testing::StartsWith("{\"shardId\":"));
  std::set<std::string> names;
  for (const auto& each : all[0].content.headers) names.insert(each.name);
  EXPECT_EQ(names, (std::set<std::string>{"Nats-Msg-Id", "Gatehouse-Event-Id", "Gatehouse-Guild-Id",
                                          "Gatehouse-Total-Shards", "Gatehouse-Attempt",
                                          "Gatehouse-Received"}));
  EXPECT_EQ(streams->counters().stored, 1U);
}

TEST_F(over_the_double, nothing_is_lost_and_order_is_kept_through_every_trouble) {
  start_over_the_double();
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  for (const auto now : {trouble::not_connected, trouble::no_responders, trouble::timed_out,
                         trouble::answer_lost, trouble::full}) {
    process->set_trouble(now);
    const auto downs = told.count("down");
    send_to_guild(7, 20);
    ASSERT_TRUE(reach([&] { return told.count("down") > downs; })) << static_cast<int>(now);
    EXPECT_THAT(refused, IsEmpty());
    process->set_trouble(trouble::none);
    ASSERT_TRUE(reach_all_settled()) << static_cast<int>(now);
  }
  const auto ids = stored_ids();
  EXPECT_EQ(ids.size(), 101U);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end(), [](const auto& a, const auto& b) {
    return std::stoi(a.substr(a.rfind(':') + 1)) < std::stoi(b.substr(b.rfind(':') + 1));
  }));
  EXPECT_GT(streams->counters().duplicates, 0U);  // of those whose answer was lost
}

TEST_F(over_the_double, an_event_that_is_too_large_is_set_aside_and_its_lane_goes_on) {
  start_over_the_double();
  send_to_guild(7);
  send({.guild_id = 7, .payload = payload_of(3UL << 20)});
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  ASSERT_EQ(reasons.size(), 1U);
  EXPECT_THAT(reasons[0], HasSubstr("larger than the server's max_payload"));
  EXPECT_EQ(stored().size(), 2U);
  EXPECT_EQ(told.count("down"), 0U);
  EXPECT_EQ(streams->counters().oversize, 1U);
}

TEST_F(over_the_double, large_events_say_nothing_about_the_handler) {
  chosen.handlers.refused_limit = 2;
  start_over_the_double();
  for (int i = 0; i < 5; ++i) send({.guild_id = 7, .payload = payload_of(2UL << 20)});
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(reasons.size(), 5U);
  EXPECT_EQ(stored().size(), 1U);
}

TEST_F(over_the_double, a_stream_is_not_created_against_the_will) {
  settings.create = false;
  start_over_the_double();
  send_to_guild(7);
  ASSERT_TRUE(reach([&] { return told.count("down") > 0; }));
  EXPECT_THAT(told.lines.front(), HasSubstr("nats.create is false"));
}

TEST_F(over_the_double, each_event_of_a_batch_is_a_message) {
  chosen.handlers.batch_max_events = 50;
  chosen.handlers.lane_ordering = config::ordering::none;
  start_over_the_double();
  send_to_guild(7, 200);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(stored().size(), 200U);
}

TEST_F(over_the_double, works_beside_http_handlers) {
  const auto http = handler.url();
  use(*process);
  auto changed = chosen;
  changed.routes = {{{"TYPING_START"}, {http}}};
  delivery->apply(changed);
  send_to_guild(7, 3);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(stored().size(), 3U);
}

TEST_F(over_the_double, many_connections_ask_for_the_stream_once) {
  start_over_the_double();
  for (std::uint64_t guild = 1; guild <= 50; ++guild) send_to_guild(guild);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(process->calls(), 50U + 2U);  // besides the events: where is it, and make it
}

TEST_F(over_the_double, an_event_that_is_being_stored_already_is_sent_again) {
  start_over_the_double();
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  process->set_trouble(trouble::in_progress);
  send_to_guild(7);
  ASSERT_TRUE(reach([&] { return streams->counters().failed > 0; }));
  process->set_trouble(trouble::none);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(refused, IsEmpty());
  EXPECT_EQ(stored().size(), 2U);
}

TEST_F(over_the_double, a_stop_waits_for_what_is_under_way_and_no_longer) {
  start_over_the_double();
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  send_to_guild(7, 3);
  ASSERT_TRUE(reach([&] { return first_target().in_flight > 0; }));
  EXPECT_TRUE(stop(std::chrono::minutes{10}));
  EXPECT_EQ(stored().size(), 2U);  // of a guild one is under way at a time
  delivery.reset();
}

/// However often it is refused while there is room for others.
TEST_F(over_the_double, an_event_that_a_full_stream_refuses_is_never_set_aside) {
  chosen.handlers.poison_attempts = 2;
  start_over_the_double();
  for (int i = 0; i < 5; ++i) {
    send_to_guild(7);
    ASSERT_TRUE(reach_all_settled());
    process->set_trouble(trouble::full);
    send_to_guild(8);
    const auto downs = told.count("down");
    ASSERT_TRUE(reach([&] { return told.count("down") > downs; }));
    process->set_trouble(trouble::none);
  }
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(refused, IsEmpty());
  EXPECT_EQ(stored().size(), 10U);
}

TEST_F(over_the_double, needs_servers) {
  chosen.handlers.urls = {"jetstream:discord.events"};
  EXPECT_THROW(start(), std::invalid_argument);
}

class over_a_server : public stream_delivery {
 protected:
  void SetUp() override {
    if (!test::nats_server_binary()) GTEST_SKIP() << test::nats_server_hint;
    server.emplace();
    settings.servers = {server->url()};
    settings.replicas = 1;
    engine = nats::connect(settings, silent());
    ASSERT_TRUE(reach([&] { return engine->status().is_connected; }));
  }
  void TearDown() override {
    if (delivery) {
      EXPECT_TRUE(stop());
    }
    delivery.reset();
    reader.reset();
  }

  std::optional<test::nats_server> server;
  std::unique_ptr<nats::engine> engine;
};

TEST_F(over_a_server, every_event_is_stored_once_and_in_order) {
  use(*engine);
  for (int i = 0; i < 100; ++i) {
    for (const std::uint64_t guild : {7U, 8U, 9U}) send_to_guild(guild);
  }
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(stored().size(), 300U);
}

TEST_F(over_a_server, a_server_that_stops_is_down_and_comes_back) {
  use(*engine);
  send_to_guild(7, 10);
  ASSERT_TRUE(reach_all_settled());
  server->send_signal(SIGSTOP);
  std::size_t sent = 10;
  // It may still work for a moment.
  EXPECT_TRUE(reach([&] {
    if (first_target().in_flight == 0 && told.count("down") == 0) {
      send_to_guild(7);
      ++sent;
    }
    return told.count("down") > 0;
  }));
  server->send_signal(SIGCONT);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(stored().size(), sent);
}

TEST_F(over_a_server, a_server_that_is_killed_has_everything_when_it_is_back) {
  use(*engine);
  send_to_guild(7, 10);
  ASSERT_TRUE(reach_all_settled());
  server->kill();
  send_to_guild(7, 10);
  EXPECT_TRUE(reach([&] { return told.count("down") > 0; }));
  server->start();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(stored().size(), 20U);
}

TEST_F(over_a_server, a_stream_that_is_deleted_is_made_again) {
  use(*engine);
  send_to_guild(7, 10);
  ASSERT_TRUE(reach_all_settled());
  bool is_gone = false;
  reader->request({"$JS.API.STREAM.DELETE.discord_events", "", {}, {}}, runtime::seconds{5},
                  [&](const nats::result<nats::message>& got) { is_gone = got.has_value(); });
  ASSERT_TRUE(reach([&] { return is_gone; }));
  send_to_guild(7, 10);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(stored().size(), 10U);
}

TEST_F(over_a_server, a_full_stream_takes_the_rest_when_there_is_room) {
  settings.events_max_bytes = 100'000;
  use(*engine);
  for (int i = 0; i < 100; ++i) send({.guild_id = 7, .payload = payload_of(2'000)});
  ASSERT_TRUE(reach([&] { return told.count("down") > 0; }));
  EXPECT_THAT(told.lines.front(), HasSubstr("full"));
  std::map<std::string, std::uint64_t> seen;  // with its place: it is erased somewhat later
  ASSERT_TRUE(reach([&] {
    for (const auto& each : stored()) {
      for (const auto& [name, value] : each.content.headers) {
        if (name == "Nats-Msg-Id") {
          EXPECT_EQ(seen.emplace(value, each.sequence).first->second, each.sequence) << value;
        }
      }
      reader->erase("discord_events", each.sequence, [](const nats::result<void>&) {});
    }
    return seen.size() == 100;
  })) << seen.size();
  EXPECT_THAT(refused, IsEmpty());
}

}  // namespace
}  // namespace gatehouse::delivery::testing
