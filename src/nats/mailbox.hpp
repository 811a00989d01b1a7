#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace gatehouse::nats {

/// Brings what is due to a client through its executor: what comes in a burst is one wake-up. Once
/// it is closed nothing more is brought.
class mailbox : public std::enable_shared_from_this<mailbox> {
 public:
  explicit mailbox(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Any thread. False: closed, or `most` wait already.
  bool put(std::function<void()> letter, std::size_t most = static_cast<std::size_t>(-1)) {
    const std::lock_guard lock{mutex_};
    if (is_closed_ || letters_.size() >= most) return false;
    letters_.push_back(std::move(letter));
    if (std::exchange(is_posted_, true)) return true;
    boost::asio::post(executor_, [self = shared_from_this()] { self->empty(); });
    return true;
  }
  /// On the executor's thread. The executor is not used any more when this returns.
  void close() {
    const std::lock_guard lock{mutex_};
    is_closed_ = true;
    letters_.clear();
  }

 private:
  void empty() {
    std::vector<std::function<void()>> due;
    {
      const std::lock_guard lock{mutex_};
      due.swap(letters_);
      is_posted_ = false;
    }
    for (auto& letter : due) {
      {
        const std::lock_guard lock{mutex_};
        if (is_closed_) return;
      }
      letter();
    }
  }

  boost::asio::any_io_executor executor_;
  std::mutex mutex_;
  std::vector<std::function<void()>> letters_;
  bool is_posted_ = false;
  bool is_closed_ = false;
};

}  // namespace gatehouse::nats
