#include "spool_delivery_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace gatehouse::delivery {
namespace {

using namespace testing;

/// Settings that change while events arrive, wait and are under way.
class dispatcher_settings : public spool_delivery_fixture {
 protected:
  void apply() { delivery->apply(chosen); }
};

TEST_F(dispatcher_settings, what_concerns_requests_changes_with_the_next_one) {
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  chosen.handlers.authorization = config::secret{"another"};
  apply();
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.back().header("Authorization"), "another");
  EXPECT_EQ(handler.accepted, 1U);
  EXPECT_EQ(first_target().delivered, 2U);
}

TEST_F(dispatcher_settings, a_request_under_way_is_not_repeated) {
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send();
  ASSERT_TRUE(reach_requests(1));
  chosen.handlers.max_in_flight = 3;  // its lanes are built anew
  apply();
  accept_all();
  send();
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 2U);
  EXPECT_EQ(first_target().delivered, 2U);
}

TEST_F(dispatcher_settings, the_backlog_of_a_dead_url_goes_to_the_one_that_takes_its_place) {
  scripted_handler better{io};
  better.on_request = handler.on_request;
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(2'500, guilds(1, 5)));
  EXPECT_GT(delivery->snapshot().spooled, 0U);
  chosen.handlers.urls = {better.url()};
  apply();
  ASSERT_TRUE(send_many(500, guilds(1, 9)));
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
  EXPECT_EQ(delivery->snapshot().targets.size(), 1U);
}

TEST_F(dispatcher_settings, a_start_with_other_urls_delivers_what_was_left_first) {
  scripted_handler better{io};
  better.on_request = handler.on_request;
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(2'500, guilds(1, 5)));
  chosen.handlers.urls = {better.url()};
  ASSERT_TRUE(restart());
  ASSERT_TRUE(send_many(500, guilds(1, 9)));
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_settings, events_go_over_to_a_new_route_in_order) {
  scripted_handler routed{io};
  routed.on_request = handler.on_request;
  handler.on_request = [](const auto&) { return silence(); };
  start_spooled();
  ASSERT_TRUE(send_many(200, guilds(1, 1)));
  chosen.routes = {{{"MESSAGE_CREATE"}, {routed.url()}}};
  apply();
  ASSERT_TRUE(send_many(200, guilds(1, 1)));
  // The first is still with the old handler, whose URL stays: the others go on without it.
  ASSERT_TRUE(reach([&] { return accepted_ids.size() == 399; }));
  accepted_ids.insert(accepted_ids.begin(), ids().front());
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_settings, another_url_is_not_disturbed) {
  scripted_handler other{io};
  other.on_request = handler.on_request;
  handler.kill();
  chosen.handlers.urls = {handler.url(), other.url()};
  start_spooled();
  ASSERT_TRUE(send_many(300, guilds(1, 5)));
  chosen.queue.memory_bytes = 2 * mebibyte;
  apply();
  const auto urgent = send_one({.shard_id = 1, .guild_id = 1});
  ASSERT_TRUE(reach([&] { return !accepted_ids.empty(); }));
  EXPECT_EQ(accepted_ids.front(), urgent);
  EXPECT_EQ(delivery->snapshot().limit_bytes, 2 * mebibyte);
}

TEST_F(dispatcher_settings, a_url_that_does_not_parse_changes_nothing) {
  start();
  chosen.handlers.urls = {"nonsense"};
  EXPECT_THROW(apply(), std::invalid_argument);
  send();
  ASSERT_TRUE(reach_all_settled());
}

TEST_F(dispatcher_settings, counters_of_a_url_wait_for_its_return) {
  const auto url = handler.url();
  scripted_handler other{io};
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  chosen.handlers.urls = {other.url()};
  apply();
  ASSERT_TRUE(reach([&] { return delivery->snapshot().targets.size() == 1; }));
  EXPECT_EQ(first_target().delivered, 0U);
  chosen.handlers.urls = {url};
  apply();
  EXPECT_EQ(first_target().delivered, 1U);
}

}  // namespace
}  // namespace gatehouse::delivery
