#pragma once

#include <gatehouse/delivery/backlog.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace gatehouse::delivery::testing {

/// What a disk holds, and calls that it carries out and answers one at a time, when it is told to.
class fake_block_store final : public block_store {
 public:
  struct block {
    storage::queue_key queue;
    storage::event_block events;
    std::vector<storage::event_mark> marks;
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  std::uint64_t next_id() override { return ++last_id_; }
  void store(std::vector<storage::new_block> blocks,
             std::function<void(const storage::store_result&)> done) override {
    calls_.push_back([this, blocks = std::move(blocks), done = std::move(done)] {
      storage::store_result result;
      result.outcome = next_outcome;
      if (result.outcome == storage::store_outcome::stored) {
        for (const auto& each : blocks) insert(each);
      }
      answers_.push_back([done, result] { done(result); });
    });
  }
  void remove(const std::vector<std::uint64_t>& ids) override {
    calls_.push_back([this, ids] {
      for (const auto id : ids) held.erase(id);
    });
  }
  void mark(std::uint64_t id, std::vector<storage::event_mark> marks) override {
    calls_.push_back([this, id, marks = std::move(marks)] {
      const auto found = held.find(id);
      if (found != held.end()) found->second.marks = marks;
    });
  }
  void mark_one(std::uint64_t id, std::size_t index, storage::event_mark mark) override {
    calls_.push_back([this, id, index, mark] {
      const auto found = held.find(id);
      if (found != held.end()) found->second.marks.at(index) = mark;
    });
  }
  void load(storage::load_request wanted,
            std::function<void(const storage::load_result&)> done) override {
    calls_.push_back([this, wanted, done = std::move(done)] {
      answers_.push_back([done, result = read(wanted)] { done(result); });
    });
  }
  void shed(storage::shed_request,
            std::function<void(const std::vector<storage::shed_count>&)> done) override {
    calls_.push_back([this, done = std::move(done)] { answers_.push_back([done] { done({}); }); });
  }
  [[nodiscard]] bool is_nearly_full() const override { return false; }

  [[nodiscard]] bool has_calls() const { return !calls_.empty(); }
  [[nodiscard]] bool has_answers() const { return !answers_.empty(); }
  void carry_out_one() {
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    call();
  }
  void answer_one() {
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    answer();
  }
  /// The process is gone: what has not been carried out never will be.
  void crash() {
    calls_.clear();
    answers_.clear();
  }
  [[nodiscard]] std::vector<storage::queue_summary> found() const {
    std::map<std::pair<int, std::string>, storage::queue_summary> queues;
    for (const auto& [id, each] : held) {
      const auto open = std::count_if(each.marks.begin(), each.marks.end(),
                                      [](auto mark) { return mark != storage::mark_done; });
      if (open == 0) continue;
      auto& queue = queues[{each.queue.shard_id, each.queue.url}];
      if (queue.events == 0) queue = {each.queue, each.first, each.last, 0, 0};
      queue.first_position = std::min(queue.first_position, each.first);
      queue.last_position = std::max(queue.last_position, each.last);
      queue.events += static_cast<std::uint64_t>(open);
    }
    std::vector<storage::queue_summary> all;
    for (auto& [key, queue] : queues) all.push_back(queue);
    return all;
  }

  storage::store_outcome next_outcome = storage::store_outcome::stored;
  std::map<std::uint64_t, block> held;

 private:
  void insert(const storage::new_block& added) {
    block made{added.queue, added.events, added.events.marks(), 0, 0};
    const bool is_whole = added.events.for_each([&](const storage::stored_event& event) {
      if (made.first == 0) made.first = event.position;
      made.last = event.position;
    });
    if (is_whole) held.emplace(added.id, std::move(made));
  }
  [[nodiscard]] storage::load_result read(const storage::load_request& wanted) const {
    std::map<std::int64_t, std::uint64_t> in_order;
    for (const auto& [id, each] : held) {
      if (each.queue == wanted.queue && each.first >= wanted.from_position) {
        in_order.emplace(each.first, id);
      }
    }
    storage::load_result result;
    result.is_end = true;
    std::size_t bytes = 0;
    for (const auto& [first, id] : in_order) {
      const block& each = held.at(id);
      if (!result.blocks.empty() && bytes > wanted.max_bytes) {
        result.is_end = false;
        break;
      }
      bytes += each.events.bytes();
      result.blocks.push_back({id, each.last, {each.events.data(), each.marks}});
    }
    return result;
  }

  std::uint64_t last_id_ = 0;
  std::deque<std::function<void()>> calls_;
  std::deque<std::function<void()>> answers_;
};

}  // namespace gatehouse::delivery::testing
