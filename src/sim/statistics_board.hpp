#pragma once

#include <gatehouse/sim/statistics.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace gatehouse::sim {

/// The statistics, written by the loop thread and read by any.
class statistics_board {
 public:
  explicit statistics_board(std::size_t max_records) : max_records_(max_records) {}

  template <typename Change>
  void update(Change&& change) {
    const std::scoped_lock lock(mutex_);
    change(numbers_);
    changed_.notify_all();
  }
  /// Appends to one of the record lists, within max_records.
  template <typename Record>
  void record(std::vector<Record> statistics::*list, Record record) {
    update([&](statistics& numbers) {
      if ((numbers.*list).size() < max_records_) {
        (numbers.*list).push_back(std::move(record));
      } else {
        ++numbers.records_dropped;
      }
    });
  }
  void violated(violation_kind kind, std::optional<std::uint32_t> shard_id, std::string text) {
    record(&statistics::violations, violation{kind, shard_id, std::move(text)});
  }

  [[nodiscard]] statistics copy() const;
  bool wait_for(const std::function<bool(const statistics&)>& predicate,
                std::chrono::milliseconds timeout) const;

 private:
  std::size_t max_records_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  statistics numbers_;
};

}  // namespace gatehouse::sim
