#include "log_capture.hpp"

#include <gatehouse/cluster/identify_service.hpp>
#include <gatehouse/cluster/placement.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace gatehouse::cluster {
namespace {

using namespace std::chrono_literals;
using gateway::identify_grant;
using gateway::shard_key;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

/// No socket, no worker: what the service says is written down.
class identify_service_test : public testing::Test {
 public:
  void make(runtime::duration spacing = 1h) {
    decisions.emplace(own, log.log());
    identify_service::callbacks to;
    to.describe = [](shard_key shard) {
      return identify_question{shard.shard_id, 4, shard.generation > 0};
    };
    to.grant = [this](identify_grant given) { granted.push_back(given); };
    to.ask_limit = [this] { ++questions; };
    to.store = [this](auto newest) { stored.insert(stored.end(), newest.begin(), newest.end()); };
    service.emplace(context, spacing, *decisions, log.log(), std::move(to));
  }
  void learn(int remaining, runtime::milliseconds reset_after = 0ms, int total = 1000) {
    rest::gateway_bot bot;
    bot.identifies_total = total;
    bot.identifies_remaining = remaining;
    bot.reset_after = reset_after;
    service->learn({bot, runtime::clock::now()});
  }
  std::vector<int> shards() const {
    std::vector<int> ids;
    for (const auto& given : granted) ids.push_back(given.shard.shard_id);
    return ids;
  }
  /// Timers of the service run until it holds.
  template <class Condition>
  bool run_until(Condition&& holds) {
    const auto limit = runtime::clock::now() + 20s;
    while (!holds() && runtime::clock::now() < limit) {
      if (context.run_one_for(1s) == 0) context.restart();
    }
    return holds();
  }

  boost::asio::io_context context;
  test::log_capture log;
  Controllers own = own_decisions({});
  std::optional<controllers::decision_points> decisions;
  std::optional<identify_service> service;
  std::vector<identify_grant> granted;
  std::vector<storage::stored_identify> stored;
  int questions = 0;
};

TEST_F(identify_service_test, grants_once_discord_has_said_the_limit) {
  make();
  service->want({1, 0});
  EXPECT_THAT(granted, IsEmpty());
  EXPECT_EQ(questions, 0) << "at the start somebody asks anyway";
  learn(10);
  EXPECT_THAT(shards(), ElementsAre(1));
  EXPECT_EQ(service->remaining(), 9);
}

TEST_F(identify_service_test, whoever_gives_up_makes_room) {
  make();
  learn(10);
  service->want({0, 0});
  service->want({1, 0});
  EXPECT_THAT(shards(), ElementsAre(0));
  service->give_up({0, 0});
  EXPECT_THAT(shards(), ElementsAre(0, 1));
  service->abandon(granted.front());  // of a grant that is over
  service->want({2, 0});
  EXPECT_THAT(shards(), ElementsAre(0, 1));
  service->abandon(granted.back());
  EXPECT_THAT(shards(), ElementsAre(0, 1, 2));
}

TEST_F(identify_service_test, has_discord_asked_before_a_new_period) {
  make(1ms);
  learn(0, 5ms);
  service->want({0, 0});
  ASSERT_TRUE(run_until([&] { return questions == 1; }));
  EXPECT_THAT(granted, IsEmpty());
  service->ask_again(runtime::clock::now() + 5ms);  // there was no answer
  ASSERT_TRUE(run_until([&] { return questions == 2; }));
  EXPECT_THAT(granted, IsEmpty());
  learn(1000, 24h);
  EXPECT_THAT(shards(), ElementsAre(0));
}

TEST_F(identify_service_test, says_once_that_the_limit_is_used_up) {
  make();
  learn(0, 1h);
  service->want({0, 0});
  service->want({1, 0});
  learn(0, 1h);
  const auto lines = log.lines();
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) {
                            return line.find("session start limit is used up") != line.npos;
                          }),
            1);
}

TEST_F(identify_service_test, starts_a_bot_whose_limit_nobody_says) {
  make();
  learn(0, 0ms, 0);
  service->want({0, 0});
  EXPECT_THAT(shards(), ElementsAre(0));
  EXPECT_EQ(service->remaining(), 999);
  EXPECT_THAT(log.lines(), Contains(HasSubstr("1000 a day are assumed")));
}

TEST_F(identify_service_test, keeps_when_a_bucket_was_used_last) {
  make();
  learn(10);
  const auto before = runtime::unix_ms_now();
  service->want({3, 0});
  ASSERT_EQ(stored.size(), 1U) << "before it is used: it may be the last thing that is done";
  service->sent(granted.front());
  ASSERT_EQ(stored.size(), 2U) << "the spacing counts from here";
  EXPECT_EQ(stored.back().bucket, 0);
  EXPECT_EQ(stored.back().shard_id, 3);
  EXPECT_GE(stored.back().unix_ms, before);
}

TEST_F(identify_service_test, keeps_the_spacing_over_a_restart) {
  make();
  service->restore({{0, 3, runtime::unix_ms_now() - 1'000}});
  learn(10);
  service->want({0, 0});
  EXPECT_THAT(granted, IsEmpty());
}

TEST_F(identify_service_test, waits_one_spacing_at_most_whatever_the_clock_says) {
  make(20ms);
  service->restore({{0, 0, runtime::unix_ms_now() + 86'400'000}, {1, 1, 12}});
  learn(10);
  service->want({0, 0});
  EXPECT_TRUE(run_until([&] { return granted.size() == 1; }));
}

TEST_F(identify_service_test, a_library_may_postpone_and_withhold) {
  int withheld = 0;
  bool is_postponed = false;
  own.request_identify = [&](const identify_question&) -> std::optional<std::chrono::milliseconds> {
    if (std::exchange(is_postponed, true)) return std::nullopt;
    return 2ms;
  };
  own.tell_worker_to_identify = [&](const identify_question&) { return withheld++ > 0; };
  make(1ms);
  learn(10);
  service->want({0, 0});
  EXPECT_THAT(granted, IsEmpty());
  ASSERT_TRUE(run_until([&] { return !granted.empty(); }));
  EXPECT_EQ(withheld, 2);
  EXPECT_EQ(service->remaining(), 9) << "what was withheld costs nothing";
}

TEST_F(identify_service_test, is_silent_once_stopped) {
  make(1ms);
  service->want({0, 0});
  service->stop();
  learn(10);
  EXPECT_THAT(granted, IsEmpty());
}

}  // namespace
}  // namespace gatehouse::cluster
