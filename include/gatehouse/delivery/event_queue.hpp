#pragma once

#include <gatehouse/events/event.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

/// Events in the order of their delivery: a ring of pointers, each of which the event knows its own
/// place in, so that any can be taken out. Does not own them. An event is in one queue at a time.
///
/// A list through the events would do but for a backlog, whose events are in no cache any more:
/// each step along such a list waits for main memory. Here the next ones are fetched while one is
/// handled.
class event_queue {
 public:
  class iterator;

  [[nodiscard]] bool empty() const noexcept { return live_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return live_; }
  [[nodiscard]] events::event& front() const noexcept { return *slot(head_); }
  [[nodiscard]] events::event& back() const noexcept { return *slot(tail_ - 1); }

  void push_back(events::event& added) {
    make_room();
    put(added, tail_++);
  }
  void push_front(events::event& added) {
    make_room();
    put(added, --head_);
  }
  void pop_front() noexcept {
    --live_;
    ++head_;
    trim();
    // The next one is looked at when the first is answered, if not at once.
    if (live_ > 0) events::prefetch(slot(head_));
    fetch(head_);
  }
  void pop_back() noexcept {
    --live_;
    --tail_;
    trim();
  }
  /// Takes out one of this queue.
  void erase(events::event& member) noexcept {
    slot(member.place) = nullptr;
    --live_;
    trim();
  }
  void clear() noexcept {
    live_ = 0;
    head_ = tail_ = 0;
  }
  /// Gives back the memory of a queue that was long; it is empty.
  void shrink() noexcept {
    if (slots_.size() > kept_capacity) slots_ = {};
  }

  /// Has the first ones, of so many that will be needed, brought into the cache.
  void prefetch(std::size_t wanted) const noexcept {
    const auto held = static_cast<std::size_t>(tail_ - head_);
    const auto count = static_cast<std::uint32_t>(std::min({held, wanted, std::size_t{ahead}}));
    for (std::uint32_t i = 0; i < count; ++i) events::prefetch(slot(head_ + i));
  }
  [[nodiscard]] iterator begin() const noexcept;
  [[nodiscard]] iterator end() const noexcept;

 private:
  static constexpr std::size_t first_capacity = 8;
  static constexpr std::size_t kept_capacity = 64;
  static constexpr std::uint32_t ahead = 8;

  [[nodiscard]] std::size_t index(std::uint32_t place) const noexcept {
    return place & (slots_.size() - 1);
  }
  [[nodiscard]] events::event* slot(std::uint32_t place) const noexcept {
    return slots_[index(place)];
  }
  [[nodiscard]] events::event*& slot(std::uint32_t place) noexcept { return slots_[index(place)]; }
  void put(events::event& added, std::uint32_t place) noexcept {
    slot(place) = &added;
    added.place = place;
    ++live_;
  }
  void make_room() {
    if (tail_ - head_ == slots_.size()) grow();
  }
  /// Closes the gaps; into twice the room, unless half of it was gaps.
  void grow() {
    const bool has_gaps = live_ * 2 <= slots_.size() && !slots_.empty();
    std::vector<events::event*> roomy(
        std::max(first_capacity, has_gaps ? slots_.size() : 2 * slots_.size()), nullptr);
    std::uint32_t count = 0;
    for (std::uint32_t place = head_; place != tail_; ++place) {
      events::event* const kept = slot(place);
      if (kept == nullptr) continue;
      roomy[count] = kept;
      kept->place = count++;
    }
    slots_ = std::move(roomy);
    head_ = 0;
    tail_ = count;
  }
  /// Both ends are events, or the queue is empty.
  void trim() noexcept {
    if (live_ == 0) return clear();
    while (slot(head_) == nullptr) ++head_;
    while (slot(tail_ - 1) == nullptr) --tail_;
  }
  /// Has the event some places behind this one brought into the cache.
  void fetch(std::uint32_t place) const noexcept {
    if (tail_ - place > ahead) events::prefetch(slot(place + ahead));
  }

  std::vector<events::event*> slots_;  ///< a power of two of them; null: taken out
  std::uint32_t head_ = 0;             ///< places count on and wrap
  std::uint32_t tail_ = 0;
  std::size_t live_ = 0;
};

/// Forward; the queue must not change meanwhile.
class event_queue::iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = events::event;
  using difference_type = std::ptrdiff_t;
  using pointer = events::event*;
  using reference = events::event&;

  iterator() = default;
  iterator(const event_queue& of, std::uint32_t place) noexcept : of_(&of), place_(place) {}

  reference operator*() const noexcept { return *of_->slot(place_); }
  pointer operator->() const noexcept { return of_->slot(place_); }
  iterator& operator++() noexcept {
    do {
      ++place_;
    } while (place_ != of_->tail_ && of_->slot(place_) == nullptr);
    of_->fetch(place_);
    return *this;
  }
  iterator operator++(int) noexcept {
    const iterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const iterator&) const = default;

 private:
  const event_queue* of_ = nullptr;
  std::uint32_t place_ = 0;
};

inline event_queue::iterator event_queue::begin() const noexcept {
  prefetch(ahead);
  return {*this, head_};
}
inline event_queue::iterator event_queue::end() const noexcept {
  return {*this, tail_};
}

}  // namespace gatehouse::delivery
