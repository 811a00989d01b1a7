#include "file_size_limit.hpp"
#include "spool_fixture.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

namespace gatehouse::storage {
namespace {

/// Random calls against a map of what has to be there; the disk is full at times, and the spool
/// closed and opened again.
class spool_model_test : public spool_test, public testing::WithParamInterface<unsigned> {
 protected:
  struct model_event {
    std::int64_t position;
    event_rank rank;
    event_mark mark;
    std::string payload;
  };
  struct model_block {
    queue_key queue;
    std::vector<model_event> events;
  };

  std::size_t below(std::size_t bound) { return random_() % bound; }
  queue_key any_queue() {
    return {static_cast<int>(below(3)), below(2) == 0 ? one_url : "http://other/"};
  }
  auto any_block() {
    return std::next(blocks_.begin(), static_cast<std::ptrdiff_t>(below(blocks_.size())));
  }

  void store_some() {
    std::vector<new_block> wanted;
    std::map<std::uint64_t, model_block> added;
    for (std::size_t i = 0; i <= below(3); ++i) {
      model_block block{any_queue(), {}};
      event_block events;
      for (std::size_t e = 0; e <= below(20); ++e) {
        const auto rank = below(3) == 0 ? event_rank::shed_first : event_rank::ordinary;
        const event_mark mark = below(8) == 0 ? 5 : mark_open;
        block.events.push_back({++position_, rank, mark, std::string(below(3'000), 'p')});
        stored_event event = event_at(position_, block.events.back().payload);
        event.is_barrier = false;
        event.rank = rank;
        event.mark = mark;
        events.add(event);
      }
      const auto id = stored().next_id();
      wanted.push_back({id, block.queue, std::move(events)});
      added.emplace(id, std::move(block));
    }
    const auto outcome = store(std::move(wanted)).outcome;
    if (outcome == store_outcome::stored) blocks_.merge(added);
    EXPECT_TRUE(is_disk_full_ || outcome == store_outcome::stored);
  }

  void remove_some() {
    if (blocks_.empty()) return;
    const auto gone = any_block();
    stored().remove({gone->first, 1'000'000});
    blocks_.erase(gone);
  }

  void mark_some() {
    if (blocks_.empty()) return;
    const auto changed = any_block();
    auto& events = changed->second.events;
    if (below(2) == 0) {
      const auto index = below(events.size());
      events[index].mark = below(3) == 0 ? 6 : mark_done;
      stored().mark_one(changed->first, index, events[index].mark);
    } else {
      std::vector<event_mark> marks;
      for (auto& event : events) {
        if (below(3) == 0) event.mark = mark_done;
        marks.push_back(event.mark);
      }
      stored().mark(changed->first, std::move(marks));
    }
    const auto is_done = [](const model_event& event) { return event.mark == mark_done; };
    if (std::ranges::all_of(events, is_done)) blocks_.erase(changed);
  }

  void shed_some() {
    const queue_key queue = any_queue();
    const auto from = static_cast<std::int64_t>(below(static_cast<std::size_t>(position_) + 1));
    const bool was_full = is_disk_full_;
    const auto counts = shed({{{queue, from}}, std::size_t{1} << 40U});
    std::uint64_t shed_events = 0;
    for (const auto& each : counts) shed_events += each.events;
    if (was_full && counts.empty()) return;
    std::uint64_t expected = 0;
    for (auto block = blocks_.begin(); block != blocks_.end();) {
      auto& events = block->second.events;
      const auto is_dropped = [](const model_event& event) {
        return event.mark != mark_done && event.rank == event_rank::shed_first;
      };
      const auto is_first = [](const model_event& event) {
        return event.rank == event_rank::shed_first;
      };
      const bool is_met = block->second.queue == queue && events.front().position >= from &&
                          std::ranges::any_of(events, is_first);
      if (is_met) {
        expected += std::erase_if(events, is_dropped);
        std::erase_if(events, [](const model_event& event) { return event.mark == mark_done; });
      }
      block = events.empty() ? blocks_.erase(block) : std::next(block);
    }
    EXPECT_EQ(shed_events, expected);
  }

  void check_queue(const queue_key& queue, std::int64_t from) {
    auto expected = blocks_.begin();
    load_result part;
    do {
      part = load({queue, from, below(20'000)});
      ASSERT_EQ(part.error, "");
      ASSERT_EQ(part.lost_events, 0U);
      for (const auto& block : part.blocks) {
        while (expected != blocks_.end() && (expected->second.queue != queue ||
                                             expected->second.events.front().position < from)) {
          ++expected;
        }
        ASSERT_NE(expected, blocks_.end());
        ASSERT_EQ(block.id, expected->first);
        const auto& events = expected->second.events;
        std::size_t i = 0;
        ASSERT_TRUE(block.events.for_each([&](const stored_event& event) {
          ASSERT_LT(i, events.size());
          EXPECT_EQ(event.position, events[i].position);
          EXPECT_EQ(event.mark, events[i].mark);
          EXPECT_TRUE(event.payload == events[i].payload);
          ++i;
        }));
        ASSERT_EQ(i, events.size());
        from = block.last_position + 1;
      }
    } while (!part.is_end);
    for (; expected != blocks_.end(); ++expected) {
      ASSERT_FALSE(expected->second.queue == queue &&
                   expected->second.events.front().position >= from);
    }
  }

  std::uint64_t open_events() const {
    std::uint64_t all = 0;
    for (const auto& [id, block] : blocks_) {
      for (const auto& event : block.events) all += event.mark == mark_done ? 0U : 1U;
    }
    return all;
  }

  void reopen() {
    full_disk_.reset();
    is_disk_full_ = false;
    close();
    open();
    EXPECT_EQ(stored().usage().events, open_events());
    std::uint64_t found = 0;
    for (const auto& queue : stored().found()) found += queue.events;
    EXPECT_EQ(found, open_events());
  }

  void fill_disk_or_not() {
    full_disk_.reset();
    is_disk_full_ = below(2) == 0;
    const std::uint64_t bytes = below(2) == 0 ? 1 : std::filesystem::file_size(file()) + 100'000;
    if (is_disk_full_) full_disk_ = std::make_unique<file_size_limit>(bytes);
  }

  std::mt19937 random_{GetParam()};
  std::map<std::uint64_t, model_block> blocks_;
  std::int64_t position_ = 0;
  bool is_disk_full_ = false;
  std::unique_ptr<file_size_limit> full_disk_;
};

TEST_P(spool_model_test, holds_what_a_map_holds) {
  open();
  for (int step = 0; step < 600 && !HasFatalFailure(); ++step) {
    const auto choice = below(100);
    if (choice < 40) {
      store_some();
    } else if (choice < 60) {
      remove_some();
    } else if (choice < 75) {
      mark_some();
    } else if (choice < 78) {
      shed_some();
    } else if (choice < 94) {
      check_queue(any_queue(), static_cast<std::int64_t>(below(1'000)));
    } else if (choice < 97) {
      fill_disk_or_not();
    } else {
      reopen();
    }
  }
  reopen();
  for (const char* url : {one_url.c_str(), "http://other/"}) {
    for (int shard_id = 0; shard_id < 3; ++shard_id) check_queue({shard_id, url}, 0);
  }
  EXPECT_EQ(stored().usage().lost_events, 0U);
}

INSTANTIATE_TEST_SUITE_P(seeds, spool_model_test, testing::Range(1U, 7U));

}  // namespace
}  // namespace gatehouse::storage
