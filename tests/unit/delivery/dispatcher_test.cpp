#include "delivery_fixture.hpp"

#include <gatehouse/delivery/dispatcher.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::ElementsAre;

class dispatcher_test : public delivery_fixture {};

TEST_F(dispatcher_test, delivers_an_event) {
  chosen.handlers.authorization = config::secret{"sesame"};
  start();
  send({.shard_id = 3, .guild_id = 7, .payload = R"({"t":"X"})"});
  ASSERT_TRUE(reach_all_settled());
  ASSERT_EQ(handler.requests.size(), 1U);
  const auto& got = handler.requests.front();
  EXPECT_TRUE(got.head.starts_with("POST /events HTTP/1.1\r\n"));
  EXPECT_EQ(got.header("Content-Type"), "application/json");
  EXPECT_EQ(got.header("User-Agent"), "gatehouse/test");
  EXPECT_EQ(got.header("Authorization"), "sesame");
  EXPECT_EQ(got.header("X-Gatehouse-Event-Id"), "session3:1");
  EXPECT_EQ(got.header("X-Gatehouse-Attempt"), "1");
  EXPECT_EQ(got.body, R"({"shardId":3,"message":{"t":"X"}})");
  EXPECT_EQ(maker.sessions.at(3)->safe_seq(), 1);
  EXPECT_EQ(first_target().delivered, 1U);
  EXPECT_EQ(delivery->snapshot().bytes, 0U);
}

TEST_F(dispatcher_test, counts_how_long_an_event_took_once_it_is_accepted) {
  int asked = 0;
  handler.on_request = [&](const auto&) { return status(++asked == 1 ? 500 : 204); };
  start();
  send({.received = runtime::clock::now() - runtime::seconds{1'000}});
  ASSERT_TRUE(reach_all_settled());
  ASSERT_EQ(asked, 2);
  const auto latency = first_target().latency;
  EXPECT_EQ(latency.by_bucket().back(), 1U);
  EXPECT_GE(latency.sum_seconds(), 1'000);
  EXPECT_LT(latency.sum_seconds(), 1'000 + 60);
}

TEST_F(dispatcher_test, what_is_refused_has_no_latency) {
  handler.on_request = [](const auto&) { return status(400); };
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().latency.sum_seconds(), 0);
}

TEST_F(dispatcher_test, keeps_the_order_of_a_guild_on_one_connection) {
  start();
  send_to_guild(7, 20);
  ASSERT_TRUE(reach_all_settled());
  id_list expected;
  for (int seq = 1; seq <= 20; ++seq) expected.push_back("session0:" + std::to_string(seq));
  EXPECT_EQ(ids(), expected);
  EXPECT_EQ(handler.accepted, 1U);
}

TEST_F(dispatcher_test, guilds_go_side_by_side_up_to_the_limit) {
  chosen.handlers.max_in_flight = 3;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  for (std::uint64_t guild = 1; guild <= 5; ++guild) send_to_guild(guild);
  ASSERT_TRUE(reach_requests(3));
  EXPECT_EQ(first_target().in_flight, 3U);
  EXPECT_EQ(first_target().queued, 2U);
  EXPECT_EQ(first_target().connections, 3U);
  handler.say(1, status(204).bytes);
  ASSERT_TRUE(reach_requests(4));
  EXPECT_EQ(handler.requests.back().connection, 1U);
}

TEST_F(dispatcher_test, a_shard_goes_to_the_url_of_its_number) {
  scripted_handler other{io};
  chosen.handlers.urls.push_back(other.url("/b"));
  start();
  for (int shard = 0; shard < 5; ++shard) send({.shard_id = shard});
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 3U);
  EXPECT_EQ(other.requests.size(), 2U);
}

TEST_F(dispatcher_test, a_route_takes_its_events_elsewhere) {
  scripted_handler first{io};
  scripted_handler second{io};
  chosen.routes = {{{"TYPING_START"}, {first.url()}},
                   {{"TYPING_START", "MESSAGE_CREATE"}, {second.url()}}};
  start();
  send({.name = "TYPING_START"});
  send({.name = "MESSAGE_CREATE"});
  send({.name = "GUILD_CREATE"});
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 1U);
  EXPECT_EQ(first.requests.size(), 1U);
  EXPECT_EQ(second.requests.size(), 1U);
}

TEST_F(dispatcher_test, an_event_may_want_to_go_elsewhere) {
  scripted_handler other{io};
  chosen.routes = {{{"NEVER"}, {other.url()}}};
  start();
  EXPECT_TRUE(delivery->has_url(other.url()));
  EXPECT_FALSE(delivery->has_url("http://elsewhere/"));
  for (const auto& url : {other.url(), std::string{"http://elsewhere/"}}) {
    auto event = maker.make({});
    event->wanted_url = maker.pool.keep_url(url);
    delivery->accept(std::move(event));
  }
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(other.requests.size(), 1U);
  EXPECT_EQ(handler.requests.size(), 1U) << "one whose URL is not there any more";
}

TEST_F(dispatcher_test, refuses_urls_it_cannot_use) {
  for (const char* url : {"ws://a/", "nonsense", "https://needs.tls/"}) {
    chosen.handlers.urls = {url};
    EXPECT_THROW(start(), std::invalid_argument) << url;
  }
}

TEST_F(dispatcher_test, batches_what_waits) {
  chosen.handlers.batch_max_events = 3;
  chosen.handlers.max_in_flight = 1;
  start();
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  handler.on_request = [](const auto&) { return silence(); };
  send_to_guild(7);
  ASSERT_TRUE(reach_requests(2));
  send_to_guild(7, 2);
  send_to_guild(8, 2);
  handler.on_request = nullptr;
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  ASSERT_EQ(handler.requests.size(), 4U);
  EXPECT_EQ(handler.requests[2].body,
            R"([{"shardId":0,"eventId":"session0:5","attempt":1,"message":{"n":5}},)"
            R"({"shardId":0,"eventId":"session0:6","attempt":1,"message":{"n":6}},)"
            R"({"shardId":0,"eventId":"session0:3","attempt":1,"message":{"n":3}}])");
}

TEST_F(dispatcher_test, a_refused_batch_is_repeated_event_by_event) {
  chosen.handlers.batch_max_events = 10;
  chosen.handlers.lane_ordering = config::ordering::shard;
  handler.on_request = [](const received_request& got) {
    return got.body.find("poison") == std::string::npos ? status(204) : status(400);
  };
  start();
  send();
  send();
  send({.payload = R"("poison")"});
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(refused, ElementsAre(std::pair{std::string{"session0:3"}, 400}));
  EXPECT_EQ(first_target().delivered, 3U);
  EXPECT_EQ(first_target().refused, 1U);
  EXPECT_EQ(
      told.lines,
      id_list{"refused: session0:3 MESSAGE_CREATE the handler answered with HTTP status 400"});
}

TEST_F(dispatcher_test, pipelines_a_lane_on_one_connection) {
  chosen.handlers.pipeline_depth = 4;
  chosen.handlers.max_in_flight = 4;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(7, 6);
  ASSERT_TRUE(reach_requests(4));
  EXPECT_EQ(first_target().in_flight, 4U);
  EXPECT_EQ(handler.accepted, 1U);
  handler.say(0, status(204).bytes + status(204).bytes);
  ASSERT_TRUE(reach_requests(6));
  handler.say(0, status(204).bytes + status(204).bytes + status(204).bytes + status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(ids(), ElementsAre("session0:1", "session0:2", "session0:3", "session0:4",
                                 "session0:5", "session0:6"));
}

TEST_F(dispatcher_test, a_pipeline_starts_again_from_the_first_one_not_accepted) {
  chosen.handlers.pipeline_depth = 3;
  chosen.handlers.max_in_flight = 3;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(7, 3);
  ASSERT_TRUE(reach_requests(3));
  handler.on_request = nullptr;
  handler.say(0, status(204).bytes + status(500).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(ids(),
              ElementsAre("session0:1", "session0:2", "session0:3", "session0:2", "session0:3"));
  EXPECT_EQ(handler.requests[3].connection, 1U);
  EXPECT_EQ(handler.requests[3].header("X-Gatehouse-Attempt"), "2");
}

TEST_F(dispatcher_test, ready_waits_for_its_shard) {
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(7);
  send({.name = "READY", .is_barrier = true});
  send_to_guild(8);
  ASSERT_TRUE(reach_requests(1));
  EXPECT_EQ(first_target().in_flight, 1U);
  handler.on_request = nullptr;
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(ids(), ElementsAre("session0:1", "session0:2", "session0:3"));
}

TEST_F(dispatcher_test, sheds_within_its_memory_and_settles_what_it_drops) {
  chosen.queue.memory_bytes = 10 * 512;
  chosen.handlers.max_in_flight = 1;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(1);
  ASSERT_TRUE(reach_requests(1));
  for (int i = 0; i < 5; ++i) send({.name = "TYPING_START"});
  send_to_guild(7, 8);
  EXPECT_EQ(first_target().queued, 9U);
  const auto statistics = delivery->snapshot();
  ASSERT_EQ(statistics.dropped.size(), 1U);
  EXPECT_EQ(statistics.dropped[0].event_name, "TYPING_START");
  EXPECT_EQ(statistics.dropped[0].count, 4U);
  EXPECT_EQ(told.lines, id_list{"dropped: TYPING_START 1"});
  EXPECT_EQ(maker.sessions.at(0)->open_events(), 10U);
}

TEST_F(dispatcher_test, without_a_disk_it_is_congested_while_a_handler_at_work_lags_behind) {
  int cleared = 0;
  chosen.on_clear = [&] { ++cleared; };
  chosen.queue.memory_bytes = 8 * 512;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(7, 5);
  ASSERT_TRUE(reach_requests(1));
  EXPECT_FALSE(delivery->congested(0));
  send_to_guild(7);
  EXPECT_TRUE(delivery->congested(0));
  handler.on_request = nullptr;
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_FALSE(delivery->congested(0));
  EXPECT_EQ(cleared, 1);
}

TEST_F(dispatcher_test, a_dead_handler_is_no_congestion) {
  chosen.queue.memory_bytes = 10 * 512;
  handler.kill();
  start();
  send_to_guild(7, 9);
  ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  EXPECT_FALSE(delivery->congested(0));
}

TEST_F(dispatcher_test, a_stop_lets_requests_finish) {
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(7, 3);
  ASSERT_TRUE(reach_requests(1));
  bool has_stopped = false;
  delivery->begin_stop(runtime::clock::now() + runtime::seconds{60}, [&] { has_stopped = true; });
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach([&] { return has_stopped; }));
  EXPECT_EQ(handler.requests.size(), 1U);
  EXPECT_EQ(maker.sessions.at(0)->safe_seq(), 1);
  EXPECT_EQ(delivery->undelivered().at(0).all, 2U);
  EXPECT_EQ(told.lines, id_list{"left: 0 2 safe 0"});
}

TEST_F(dispatcher_test, a_stop_does_not_wait_beyond_its_deadline) {
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(7, 3);
  ASSERT_TRUE(reach_requests(1));
  ASSERT_TRUE(stop(runtime::milliseconds{20}));
  EXPECT_EQ(delivery->undelivered().at(0).all, 3U);
  delivery.reset();  // nothing of it is pending any more
  io.restart();
  io.poll();
}

TEST_F(dispatcher_test, stops_at_once_when_idle_or_never_used) {
  start();
  ASSERT_TRUE(stop());
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  ASSERT_TRUE(stop());
}

TEST_F(dispatcher_test, stops_while_it_connects) {
  start();
  send();
  ASSERT_TRUE(stop());
  EXPECT_EQ(delivery->undelivered().size(), 1U);
}

}  // namespace
}  // namespace gatehouse::delivery
