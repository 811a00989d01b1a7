#include "verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using level = verdict::level;
using state = gateway::shard_state;

constexpr runtime::time_point now{1h};

circumstances all_well() {
  circumstances found;
  found.ready.ready = true;
  found.shards = {4, 4};
  found.now = now;
  return found;
}

std::shared_ptr<const cluster::worker_metrics> worker_with(delivery::health_state health,
                                                           int worker_id = 0) {
  auto worker = std::make_shared<cluster::worker_metrics>();
  worker->worker_id = worker_id;
  delivery::target_status target;
  target.url = "http://h/";
  target.state = health;
  target.last_error = health == delivery::health_state::up ? "" : "connection refused";
  worker->delivery.targets.push_back(target);
  return worker;
}

TEST(verdict, is_well_with_every_shard_connected) {
  const auto result = judge(all_well());
  EXPECT_EQ(result.how, level::well);
  EXPECT_EQ(result.headline, "All 4 shards connected");
  EXPECT_TRUE(result.reasons.empty());
}

TEST(verdict, is_busy_while_it_starts) {
  auto found = all_well();
  found.ready = {false, {"waiting for GET /gateway/bot"}};
  found.shards = {0, 0};
  EXPECT_EQ(judge(found).headline, "Starting");
  found.shards = {1, 4};
  found.absences = {{3, state::identifying, now - 59s}};
  const auto result = judge(found);
  EXPECT_EQ(result.how, level::busy);
  EXPECT_EQ(result.headline, "1 of 4 shards connected");
  EXPECT_THAT(result.reasons, ElementsAre("waiting for GET /gateway/bot"));
}

TEST(verdict, a_shard_that_is_away_for_a_minute_is_bad_unless_it_waits_its_turn) {
  auto found = all_well();
  found.ready.ready = false;
  found.absences = {{3, state::disconnected, now - 60s}, {7, state::unidentified, now - 1h}};
  found.manager.gate.waiting = 1;
  auto result = judge(found);
  EXPECT_EQ(result.how, level::bad);
  EXPECT_EQ(result.headline, "Attention: 1 shard away");
  found.manager.gate.waiting = 0;
  result = judge(found);
  EXPECT_EQ(result.headline, "Attention: 2 shards away");
  EXPECT_THAT(result.reasons, ElementsAre("2 shards not connected for a minute: 3, 7"));
}

TEST(verdict, a_handler_that_is_down_is_named_with_its_error) {
  auto found = all_well();
  found.workers = {worker_with(delivery::health_state::up),
                   worker_with(delivery::health_state::probing, 1)};
  const auto result = judge(found);
  EXPECT_EQ(result.headline, "Attention: handler down");
  EXPECT_THAT(result.reasons, ElementsAre("handler http://h/ does not take events for 1 of 2 "
                                          "workers: connection refused"));
}

TEST(verdict, names_each_trouble_of_queue_and_disk) {
  auto found = all_well();
  auto congested = std::make_shared<cluster::worker_metrics>();
  congested->worker_id = 3;
  congested->delivery.congested = true;
  found.workers = {congested};
  EXPECT_THAT(judge(found).reasons, ElementsAre("queue full at worker 3"));
  found = all_well();
  found.dead_letters = 600;
  EXPECT_EQ(judge(found).headline, "Attention: dead letters");
  found = all_well();
  found.has_dropped = true;
  EXPECT_EQ(judge(found).headline, "Attention: events dropped");
  found = all_well();
  found.is_disk_working = false;
  EXPECT_EQ(judge(found).headline, "Attention: disk fails");
  found.has_state_folder = false;
  EXPECT_EQ(judge(found).headline, "Attention: no state");
}

TEST(verdict, a_tenth_of_the_identifies_is_scarce) {
  auto found = all_well();
  found.manager.gate.identifies_total = 1'000;
  found.manager.gate.identifies_left = 101;
  EXPECT_EQ(judge(found).how, level::well);
  found.manager.gate.identifies_left = 100;
  EXPECT_EQ(judge(found).headline, "Attention: identifies scarce");
}

TEST(verdict, resharding_is_busy) {
  auto found = all_well();
  found.manager.reshard.now_in = cluster::reshard_progress::phase::loading;
  found.manager.reshard.from_shards = 4;
  found.manager.reshard.to_shards = 8;
  const auto result = judge(found);
  EXPECT_EQ(result.how, level::busy);
  EXPECT_EQ(result.headline, "Resharding 4 → 8");
}

}  // namespace
}  // namespace gatehouse::admin
