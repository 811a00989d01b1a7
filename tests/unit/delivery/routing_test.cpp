#include <gatehouse/delivery/routing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <log_capture.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

routing make(std::vector<std::string> urls, const std::vector<config::event_route>& routes = {}) {
  config::handler_settings handlers;
  handlers.urls = std::move(urls);
  return routing{handlers, routes};
}

std::vector<std::string> texts(const routing& made) {
  std::vector<std::string> result;
  for (const auto& url : made.urls()) result.push_back(url.to_string());
  return result;
}

TEST(routing, a_shard_goes_to_the_url_of_its_number) {
  const auto made = make({"http://a/", "http://b/", "http://c/"});
  for (int shard = 0; shard < 7; ++shard) EXPECT_EQ(made.target_of(0, shard), shard % 3);
}

TEST(routing, a_library_may_choose_among_the_urls_of_a_route) {
  controllers::decision_points decisions{{}, test::log_capture{}.log()};
  decisions.add("a.so", [](Controllers& hooks) {
    hooks.handler_url = [](const url_question& asked) {
      EXPECT_EQ(asked.proposed, static_cast<std::size_t>(asked.shard_id) % asked.urls.size());
      return asked.type == "A" ? std::size_t{0} : asked.urls.size() - 1;
    };
  });
  config::handler_settings handlers;
  handlers.urls = {"http://a/", "http://b/"};
  const routing made{handlers, {{{"A"}, {"http://c/", "http://a/"}}}, &decisions};
  ASSERT_TRUE(made.is_decided());
  EXPECT_EQ(made.target_of("A", 1), 2);
  EXPECT_EQ(made.target_of("B", 0), 1);
  EXPECT_FALSE(make({"http://a/"}).is_decided());
}

TEST(routing, knows_a_url_as_it_is_spelled) {
  const auto made = make({"http://a"}, {{{"A"}, {"http://b:80/"}}});
  EXPECT_EQ(made.number_of_url("http://a"), 0);
  EXPECT_EQ(made.number_of_url("http://b:80/"), 1);
  EXPECT_EQ(made.number_of_url("http://c"), std::nullopt);
}

TEST(routing, an_event_without_a_route_goes_to_the_handlers) {
  const auto made = make({"http://a/"}, {{{"TYPING_START"}, {"http://b/"}}});
  EXPECT_EQ(made.route_of("MESSAGE_CREATE"), 0U);
  EXPECT_EQ(made.route_of(""), 0U);
  EXPECT_EQ(made.target_of(0, 5), 0);
}

TEST(routing, the_first_route_that_names_an_event_has_it) {
  const auto made = make({"http://a/"}, {{{"X", "Y"}, {"http://b/"}}, {{"Y", "Z"}, {"http://c/"}}});
  EXPECT_EQ(made.target_of(made.route_of("X"), 0), 1);
  EXPECT_EQ(made.target_of(made.route_of("Y"), 0), 1);
  EXPECT_EQ(made.target_of(made.route_of("Z"), 0), 2);
  EXPECT_THAT(made.routed_names(), ElementsAre("X", "Y", "Y", "Z"));
}

TEST(routing, a_route_shares_out_its_shards_among_its_own_urls) {
  const auto made = make({"http://a/"}, {{{"X"}, {"http://b/", "http://c/"}}});
  EXPECT_EQ(made.target_of(1, 0), 1);
  EXPECT_EQ(made.target_of(1, 1), 2);
  EXPECT_EQ(made.target_of(1, 2), 1);
}

TEST(routing, a_url_mentioned_twice_is_one_target) {
  const auto made = make({"http://a/", "http://b/", "http://a/"}, {{{"X"}, {"http://b/"}}});
  EXPECT_THAT(texts(made), ElementsAre("http://a/", "http://b/"));
  EXPECT_EQ(made.target_of(0, 2), 0);
  EXPECT_EQ(made.target_of(1, 9), 1);
}

TEST(routing, without_routes_no_name_is_routed) {
  EXPECT_THAT(make({"http://a/"}).routed_names(), IsEmpty());
}

TEST(routing, takes_every_kind_of_handler_url) {
  const auto made = make({"http://a/", "https://b/", "http+unix:///run/bot.sock:/events"});
  EXPECT_EQ(made.urls().size(), 3U);
}

TEST(routing, refuses_what_is_no_handler) {
  EXPECT_THROW(make({}), std::invalid_argument);
  EXPECT_THROW(make({"http://a/"}, {{{"X"}, {}}}), std::invalid_argument);
  for (const char* url : {"ws://a/", "wss://a/", "nonsense", ""}) {
    EXPECT_THROW(make({url}), std::invalid_argument) << url;
    EXPECT_THROW(make({"http://a/"}, {{{"X"}, {url}}}), std::invalid_argument) << url;
  }
}

}  // namespace
}  // namespace gatehouse::delivery
