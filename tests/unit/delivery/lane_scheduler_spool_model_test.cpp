#include "event_maker.hpp"
#include "spooled_events.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

namespace gatehouse::delivery {
namespace {

using config::ordering;

struct spool_case {
  ordering order;
  std::size_t depth;
  std::size_t batch;
};

/// The scheduler at random with a spool beside it: arrivals line up or spill, the newest are
/// evicted, rows are read back from the oldest on, some are dropped or lost. Whatever happens, an
/// event goes only when nothing that must precede it is left anywhere, and each goes once.
class spool_model {
 public:
  spool_model(const spool_case& wanted, unsigned seed)
      : case_(wanted), random_(seed), scheduler_(wanted.order, wanted.depth, slots) {}

  void step() {
    now_ += runtime::milliseconds{1};
    scheduler_.release_held(now_);
    const auto what = pick(20);
    if (what < 7) {
      arrive();
    } else if (what < 11) {
      take(pick(slots));
    } else if (what < 13) {
      settle_oldest(pick(slots));
    } else if (what == 13) {
      lose(pick(slots));
    } else if (what < 16) {
      evict(static_cast<int>(pick(shards)));
    } else if (what < 18) {
      load(static_cast<int>(pick(shards)));
    } else if (what == 18) {
      drop();
    } else {
      hold_or_release();
    }
    check_counts();
  }

  void forget_a_shard() {
    const int shard = static_cast<int>(pick(shards));
    scheduler_.forget_spooled(shard);
    spool_.forget(shard);
    std::erase_if(open_, [&](const auto& entry) {
      return entry.first.first == shard && entry.second.where == place::spool;
    });
  }

  void drain() {
    for (auto& [key, k] : open_) {
      if (k.is_held) release(k);
    }
    for (int round = 0; round < 20'000 && !open_.empty() && !::testing::Test::HasFailure();
         ++round) {
      now_ += runtime::milliseconds{20};
      scheduler_.release_held(now_);
      for (std::size_t slot = 0; slot < slots; ++slot) {
        take(slot);
        settle_oldest(slot);
      }
      if (scheduler_.is_starved()) {
        for (int shard = 0; shard < shards; ++shard) load(shard);
      }
    }
    EXPECT_TRUE(open_.empty()) << open_.size() << " never came";
    EXPECT_TRUE(scheduler_.empty());
    EXPECT_TRUE(scheduler_.is_starved());
    EXPECT_EQ(scheduler_.lanes(), 0U);
    EXPECT_EQ(scheduler_.spooled(), 0U);
  }

 private:
  static constexpr std::size_t slots = 3;
  static constexpr int shards = 2;
  using lane_name = std::tuple<int, std::uint64_t, std::int64_t>;
  using known_key = std::pair<int, std::int64_t>;
  enum class place { waiting, under_way, spool };
  struct known {
    known_key key;  ///< shard and seq, which ascend with the positions
    std::uint64_t guild = 0;
    bool is_barrier = false;
    place where = place::waiting;
    events::event* event = nullptr;  ///< unless in the spool
    std::size_t slot = 0;            ///< if under way
    bool is_held = false;
  };

  std::size_t pick(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_);
  }
  std::size_t pick(int limit) { return pick(static_cast<std::size_t>(limit)); }

  [[nodiscard]] lane_name lane_of(const known& k) const {
    if (case_.order == ordering::guild) return {k.key.first, k.guild, 0};
    return {k.key.first, 0, case_.order == ordering::none ? k.key.second : 0};
  }

  void arrive() {
    const int shard = static_cast<int>(pick(shards));
    const bool is_barrier = pick(15) == 0;
    const std::uint64_t guild = is_barrier ? 0 : pick(4);
    auto event = maker_.make({.shard_id = shard, .guild_id = guild, .is_barrier = is_barrier});
    known& k = open_[{shard, event->seq}];
    k = {{shard, event->seq}, guild, is_barrier, place::waiting, event.get()};
    const bool spills = !is_barrier && pick(8) == 0;
    if (scheduler_.lines_up(*event) || spills) {
      k.where = place::spool;
      k.event = nullptr;
      spool_.keep(*event);
      scheduler_.add_spooled(testing::place_of(*event));
    } else {
      scheduler_.push(std::move(event));
    }
  }

  void take(std::size_t slot) {
    if (under_way_[slot].size() >= case_.depth) return;
    request* taken = scheduler_.take(slot, case_.batch);
    if (taken == nullptr) return;
    EXPECT_GE(taken->events.size(), 1U);
    EXPECT_LE(taken->events.size(), case_.batch);
    for (const auto& event : taken->events) {
      known& k = open_.at({event.shard_id(), event.seq});
      check_may_go(k, slot);
      k.where = place::under_way;
      k.slot = slot;
    }
    under_way_[slot].push_back(taken);
  }

  void check_may_go(const known& k, std::size_t slot) const {
    EXPECT_EQ(k.where, place::waiting) << "taken twice";
    EXPECT_FALSE(k.is_held);
    for (auto each = open_.lower_bound({k.key.first, 0}); each->first != k.key; ++each) {
      const known& older = each->second;
      EXPECT_FALSE(older.is_barrier) << "passed a READY";
      EXPECT_FALSE(k.is_barrier) << "READY passed an event";
      if (lane_of(older) != lane_of(k)) continue;
      EXPECT_EQ(older.where, place::under_way) << "overtook within its lane";
      EXPECT_EQ(older.slot, slot) << "overtook within its lane";
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
        open_.at({event.shard_id(), event.seq}).where = place::waiting;
      }
      scheduler_.put_back(*failed, until, as_singles);
    }
  }

  void evict(int shard) {
    known* newest = nullptr;
    for (auto& [key, k] : open_) {
      if (key.first == shard && k.where == place::waiting && !k.is_barrier) newest = &k;
    }
    if (newest == nullptr || newest->is_held || !scheduler_.can_evict(*newest->event)) return;
    spool_.keep(*newest->event);
    const auto gone = scheduler_.evict(*newest->event);
    EXPECT_EQ(gone->seq, newest->key.second);
    newest->where = place::spool;
    newest->event = nullptr;
  }

  void load(int shard) {
    for (auto count = pick(4) + 1; count > 0 && spool_.has_any(shard); --count) {
      auto loaded = spool_.take_oldest(shard);
      known& k = open_.at({shard, loaded->seq});
      k.where = place::waiting;
      k.event = loaded.get();
      scheduler_.push_loaded(std::move(loaded));
    }
  }

  void drop() {
    if (open_.empty()) return;
    const auto chosen = std::next(open_.begin(), static_cast<std::ptrdiff_t>(pick(open_.size())));
    known& k = chosen->second;
    if (k.where == place::under_way) return;
    if (k.where == place::spool) {
      scheduler_.remove_spooled(spool_.remove_seq(k.key.first, k.key.second));
    } else if (!k.is_barrier) {
      scheduler_.discard(*k.event);
    } else {
      return;
    }
    open_.erase(chosen);
  }

  void hold_or_release() {
    if (open_.empty()) return;
    known& k = std::next(open_.begin(), static_cast<std::ptrdiff_t>(pick(open_.size())))->second;
    if (k.is_held) {
      release(k);
    } else if (k.where != place::spool) {
      scheduler_.hold(*k.event);
      k.is_held = true;
    }
  }
  void release(known& k) {
    scheduler_.release(*k.event);
    k.is_held = false;
  }

  void check_counts() const {
    std::map<place, std::size_t> count;
    for (const auto& [key, k] : open_) ++count[k.where];
    EXPECT_EQ(scheduler_.waiting(), count[place::waiting]);
    EXPECT_EQ(scheduler_.under_way(), count[place::under_way]);
    EXPECT_EQ(scheduler_.spooled(), count[place::spool]);
  }

  spool_case case_;
  std::mt19937 random_;
  testing::event_maker maker_;
  testing::spooled_events spool_{maker_};
  lane_scheduler scheduler_;
  runtime::time_point now_{runtime::seconds{1}};
  std::map<known_key, known> open_;
  std::deque<request*> under_way_[slots];
};

class lane_scheduler_spool_model : public ::testing::TestWithParam<spool_case> {};

TEST_P(lane_scheduler_spool_model, keeps_order_over_memory_and_disk) {
  for (unsigned seed = 1; seed <= 40 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    spool_model model{GetParam(), seed};
    for (int i = 0; i < 400 && !HasFailure(); ++i) model.step();
    model.drain();
  }
}

TEST_P(lane_scheduler_spool_model, survives_the_loss_of_the_spool) {
  for (unsigned seed = 1; seed <= 20 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    spool_model model{GetParam(), seed};
    for (int i = 0; i < 400 && !HasFailure(); ++i) {
      model.step();
      if (i % 90 == 89) model.forget_a_shard();
    }
    model.drain();
  }
}

INSTANTIATE_TEST_SUITE_P(
    all, lane_scheduler_spool_model,
    ::testing::Values(spool_case{ordering::guild, 1, 1}, spool_case{ordering::guild, 1, 5},
                      spool_case{ordering::guild, 4, 1}, spool_case{ordering::guild, 4, 5},
                      spool_case{ordering::shard, 1, 5}, spool_case{ordering::shard, 4, 1},
                      spool_case{ordering::none, 1, 1}, spool_case{ordering::none, 4, 5}));

}  // namespace
}  // namespace gatehouse::delivery
