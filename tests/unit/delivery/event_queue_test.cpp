#include "event_maker.hpp"

#include <gatehouse/delivery/event_queue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace gatehouse::delivery {
namespace {

using testing::event_maker;

/// Events by their seq, from 1 on.
class event_queue_test : public ::testing::Test {
 protected:
  events::event& event(std::size_t seq) {
    while (made_.size() < seq) made_.push_back(maker_.make({}));
    return *made_[seq - 1];
  }
  void push(std::size_t first, std::size_t last) {
    for (std::size_t seq = first; seq <= last; ++seq) queue_.push_back(event(seq));
  }
  [[nodiscard]] std::vector<std::int64_t> seqs() const {
    std::vector<std::int64_t> found;
    for (const auto& each : queue_) found.push_back(each.seq);
    return found;
  }

  event_maker maker_;
  std::vector<events::event_ptr> made_;
  event_queue queue_;
};

using seq_list = std::vector<std::int64_t>;

TEST_F(event_queue_test, begins_empty) {
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.size(), 0U);
  EXPECT_EQ(queue_.begin(), queue_.end());
}

TEST_F(event_queue_test, grows_at_both_ends) {
  push(1, 20);
  for (std::size_t seq = 21; seq <= 30; ++seq) queue_.push_front(event(seq));
  EXPECT_EQ(queue_.size(), 30U);
  EXPECT_EQ(queue_.front().seq, 30);
  EXPECT_EQ(queue_.back().seq, 20);
  queue_.pop_front();
  queue_.pop_back();
  EXPECT_EQ(queue_.front().seq, 29);
  EXPECT_EQ(queue_.back().seq, 19);
}

TEST_F(event_queue_test, any_event_can_be_taken_out) {
  push(1, 5);
  queue_.erase(event(3));
  EXPECT_EQ(seqs(), (seq_list{1, 2, 4, 5}));
  queue_.erase(event(1));
  queue_.erase(event(5));
  EXPECT_EQ(seqs(), (seq_list{2, 4}));
  queue_.pop_front();
  EXPECT_EQ(queue_.front().seq, 4);
  EXPECT_EQ(queue_.back().seq, 4);
  queue_.erase(event(4));
  EXPECT_TRUE(queue_.empty());
  push(6, 6);
  EXPECT_EQ(seqs(), seq_list{6});
}

/// An outage behind one event that stays: the room does not grow with what has come and gone.
TEST_F(event_queue_test, gaps_are_closed_when_room_is_short) {
  push(1, 1);
  std::size_t seq = 1;
  for (int i = 0; i < 10'000; ++i) {
    push(seq + 1, seq + 2);
    queue_.erase(event(seq + 1));
    if (seq > 1) queue_.erase(event(seq));
    seq += 2;
    ASSERT_LT(queue_.back().place - queue_.front().place, 16U);
  }
  EXPECT_EQ(queue_.front().seq, 1);
  EXPECT_EQ(queue_.size(), 2U);
}

TEST_F(event_queue_test, goes_on_after_giving_back_its_memory) {
  push(1, 200);
  while (!queue_.empty()) queue_.pop_front();
  queue_.shrink();
  push(201, 203);
  EXPECT_EQ(seqs(), (seq_list{201, 202, 203}));
}

TEST_F(event_queue_test, behaves_as_a_list_would) {
  std::mt19937 random{20261128};
  std::deque<std::size_t> model;
  std::vector<std::size_t> free(300);
  for (std::size_t i = 0; i < free.size(); ++i) free[i] = i + 1;
  event(free.size());
  for (int step = 0; step < 50'000; ++step) {
    const auto choice = random() % 8;
    const bool adds = choice < 4 && !free.empty();
    if (adds) {
      const std::size_t seq = free.back();
      free.pop_back();
      if (choice == 0) {
        queue_.push_front(event(seq));
        model.push_front(seq);
      } else {
        queue_.push_back(event(seq));
        model.push_back(seq);
      }
    } else if (!model.empty()) {
      auto gone = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
      if (choice == 4) {
        gone = model.begin();
        queue_.pop_front();
      } else if (choice == 5) {
        gone = model.end() - 1;
        queue_.pop_back();
      } else {
        queue_.erase(event(*gone));
      }
      free.push_back(*gone);
      model.erase(gone);
    }
    ASSERT_EQ(queue_.size(), model.size());
    ASSERT_TRUE(std::equal(
        queue_.begin(), queue_.end(), model.begin(), model.end(),
        [](const auto& held, auto seq) { return held.seq == static_cast<std::int64_t>(seq); }));
  }
}

}  // namespace
}  // namespace gatehouse::delivery
