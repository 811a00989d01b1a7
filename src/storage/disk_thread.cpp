#include <gatehouse/storage/disk_thread.hpp>

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <thread>
#include <utility>

namespace gatehouse::storage {

using task = std::function<void()>;

struct disk_thread::impl {
  /// The next task, once there is one; nothing at the end.
  std::optional<task> next();
  void work() noexcept;

  std::mutex mutex;  ///< of what follows
  std::condition_variable changed;
  std::deque<task> due;
  std::multimap<runtime::time_point, task> later;
  bool is_ending = false;

  std::thread thread;
};

std::optional<task> disk_thread::impl::next() {
  std::unique_lock lock{mutex};
  for (;;) {
    const auto now = runtime::clock::now();
    while (!later.empty() && later.begin()->first <= now) {
      due.push_back(std::move(later.begin()->second));
      later.erase(later.begin());
    }
    if (!due.empty()) {
      task first = std::move(due.front());
      due.pop_front();
      return first;
    }
    if (is_ending) return std::nullopt;
    if (later.empty()) {
      changed.wait(lock);
    } else {
      const auto wake = later.begin()->first;  // the entry itself may be gone when it wakes up
      changed.wait_until(lock, wake);
    }
  }
}

void disk_thread::impl::work() noexcept {
  while (const auto current = next()) (*current)();
}

disk_thread::disk_thread(const char* name) : impl_(std::make_unique<impl>()) {
  impl_->thread = std::thread{[this] { impl_->work(); }};
  ::pthread_setname_np(impl_->thread.native_handle(), name);  // a nicety: its failure is ignored
}

disk_thread::~disk_thread() {
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->is_ending = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void disk_thread::post(task posted) {
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->due.push_back(std::move(posted));
  }
  impl_->changed.notify_one();
}

void disk_thread::post_after(runtime::duration delay, task posted) {
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->later.emplace(runtime::clock::now() + delay, std::move(posted));
  }
  impl_->changed.notify_one();
}

void disk_thread::run(const task& wanted) {
  // Shared: the waiting end may be gone before `set_value` has returned.
  const auto ended = std::make_shared<std::promise<void>>();
  post([&wanted, ended] {
    wanted();
    ended->set_value();
  });
  ended->get_future().wait();
}

}  // namespace gatehouse::storage
