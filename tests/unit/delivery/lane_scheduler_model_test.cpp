#include "event_maker.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <tuple>
#include <vector>

namespace gatehouse::delivery {
namespace {

using config::ordering;

struct model_case {
  ordering order;
  std::size_t depth;
  std::size_t batch;
};

/// Drives the scheduler at random and checks each step against the promises of its contract, kept
/// as plain sets and sequences.
class scheduler_model {
 public:
  explicit scheduler_model(const model_case& wanted, unsigned seed)
      : case_(wanted), random_(seed), scheduler_(wanted.order, wanted.depth, slots) {}

  void step() {
    now_ += runtime::milliseconds{1};
    scheduler_.release_held(now_);
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        push();
        break;
      case 4:
      case 5:
      case 6:
        take(pick(slots));
        break;
      case 7:
        settle_oldest(pick(slots));
        break;
      case 8:
        lose(pick(slots));
        break;
      default:
        if (pick(4) == 0) drop();
    }
  }

  /// Delivers what is left; everything must come out.
  void drain() {
    for (int round = 0; round < 100'000 && !scheduler_.empty(); ++round) {
      now_ += runtime::milliseconds{10};
      scheduler_.release_held(now_);
      for (std::size_t slot = 0; slot < slots; ++slot) {
        take(slot);
        settle_oldest(slot);
      }
    }
    EXPECT_TRUE(scheduler_.empty());
    EXPECT_TRUE(open_.empty());
    EXPECT_EQ(scheduler_.lanes(), 0U);
  }

 private:
  static constexpr std::size_t slots = 3;
  using lane_name = std::tuple<int, std::uint64_t, std::int64_t>;
  struct known {
    int shard;
    std::int64_t seq;
    std::uint64_t guild;
    bool is_barrier;
    events::event* event;
    std::size_t slot = slots;  ///< under way there
  };
  using known_key = std::pair<int, std::int64_t>;

  std::size_t pick(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_);
  }

  lane_name lane_of(const known& k) const {
    switch (case_.order) {
      case ordering::guild:
        return {k.shard, k.guild, 0};
      case ordering::shard:
        return {k.shard, 0, 0};
      case ordering::none:
        break;
    }
    return {k.shard, 0, k.seq};
  }

  void push() {
    const int shard = static_cast<int>(pick(2));
    const bool is_barrier = pick(12) == 0;
    const std::uint64_t guild = is_barrier ? 0 : pick(4);
    auto event = maker_.make({.shard_id = shard, .guild_id = guild, .is_barrier = is_barrier});
    open_[{shard, event->seq}] = {shard, event->seq, guild, is_barrier, event.get()};
    scheduler_.push(std::move(event));
  }

  void take(std::size_t slot) {
    if (under_way_[slot].size() >= case_.depth) return;
    request* taken = scheduler_.take(slot, case_.batch);
    if (taken == nullptr) return;
    EXPECT_GE(taken->events.size(), 1U);
    EXPECT_LE(taken->events.size(), case_.batch);
    std::set<lane_name> own_lanes;
    for (const auto& event : taken->events) {
      known& k = open_.at({event.shard_id(), event.seq});
      check_may_go(k, slot, own_lanes.count(lane_of(k)) > 0);
      own_lanes.insert(lane_of(k));
      k.slot = slot;
    }
    under_way_[slot].push_back(taken);
  }

  /// No duplicate, nothing earlier of its lane left behind, barriers respected.
  void check_may_go(const known& k, std::size_t slot, bool same_request) {
    EXPECT_EQ(k.slot, slots) << "taken twice";
    for (const auto& [key, other] : open_) {
      if (other.shard != k.shard || other.seq >= k.seq) continue;
      EXPECT_FALSE(other.is_barrier) << "passed a barrier";
      EXPECT_FALSE(k.is_barrier) << "a barrier passed an event";
      if (lane_of(other) != lane_of(k)) continue;
      if (same_request || case_.depth > 1) {
        EXPECT_EQ(other.slot, slot) << "overtook within its lane";
      } else {
        ADD_FAILURE() << "two requests of a lane";
      }
    }
  }

  void settle_oldest(std::size_t slot) {
    if (under_way_[slot].empty()) return;
    request* done = under_way_[slot].front();
    under_way_[slot].pop_front();
    for (const auto& event : done->events) open_.erase({event.shard_id(), event.seq});
    scheduler_.settle(*done);
  }

  void lose(std::size_t slot) {
    const auto until = pick(2) == 0 ? lane::not_held : now_ + runtime::milliseconds{pick(20)};
    const bool as_singles = pick(3) == 0;
    while (!under_way_[slot].empty()) {
      request* failed = under_way_[slot].back();
      under_way_[slot].pop_back();
      for (const auto& event : failed->events) {
        open_.at({event.shard_id(), event.seq}).slot = slots;
      }
      scheduler_.put_back(*failed, until, as_singles);
    }
  }

  void drop() {
    std::vector<known_key> candidates;
    for (const auto& [key, k] : open_) {
      if (k.slot == slots && !k.is_barrier) candidates.push_back(key);
    }
    if (candidates.empty()) return;
    const auto chosen = candidates[pick(candidates.size())];
    const auto dropped = scheduler_.discard(*open_.at(chosen).event);
    EXPECT_EQ(dropped->seq, chosen.second);
    open_.erase(chosen);
  }

  model_case case_;
  std::mt19937 random_;
  testing::event_maker maker_;
  lane_scheduler scheduler_;
  runtime::time_point now_{runtime::seconds{1}};
  std::map<known_key, known> open_;
  std::deque<request*> under_way_[slots];
};

class lane_scheduler_model : public ::testing::TestWithParam<model_case> {};

TEST_P(lane_scheduler_model, keeps_order_and_loses_nothing) {
  for (unsigned seed = 1; seed <= 30 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    scheduler_model model{GetParam(), seed};
    for (int i = 0; i < 400; ++i) model.step();
    model.drain();
  }
}

INSTANTIATE_TEST_SUITE_P(
    all, lane_scheduler_model,
    ::testing::Values(model_case{ordering::guild, 1, 1}, model_case{ordering::guild, 1, 5},
                      model_case{ordering::guild, 4, 1}, model_case{ordering::guild, 4, 5},
                      model_case{ordering::shard, 1, 1}, model_case{ordering::shard, 1, 5},
                      model_case{ordering::shard, 4, 1}, model_case{ordering::shard, 4, 5},
                      model_case{ordering::none, 1, 1}, model_case{ordering::none, 1, 5},
                      model_case{ordering::none, 4, 1}, model_case{ordering::none, 4, 5}));

}  // namespace
}  // namespace gatehouse::delivery
