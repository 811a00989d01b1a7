#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace gatehouse::cluster {

/// Where two threads meet for one result. `co_spawn` with `use_awaitable` would keep the caller's
/// coroutine alive on the other side, beyond the end of its own executor; here each side owns its
/// own half, and either may be destroyed where it waits.
template <class T>
class crossing {
 public:
  /// The caller's side; `woken` is a timer that the caller waits on.
  class caller {
   public:
    caller(std::shared_ptr<crossing> with, boost::asio::steady_timer& woken)
        : with_(std::move(with)) {
      with_->woken_ = &woken;
    }
    ~caller() {
      const std::lock_guard lock{with_->mutex_};
      with_->woken_ = nullptr;
    }
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

   private:
    std::shared_ptr<crossing> with_;
  };

  /// Works on the other side, then wakes the caller if it is still there. Not a member function: it
  /// may begin when the caller is gone already.
  static boost::asio::awaitable<void> work(std::shared_ptr<crossing> self,
                                           boost::asio::awaitable<T> todo) {
    std::optional<T> result;
    std::exception_ptr failure;
    try {
      T value = co_await std::move(todo);
      result.emplace(std::move(value));
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock{self->mutex_};
    self->result_ = std::move(result);
    self->failure_ = std::move(failure);
    if (self->woken_ == nullptr) co_return;
    boost::asio::post(self->woken_->get_executor(), [self] { self->wake(); });
  }

  [[nodiscard]] std::optional<T> take() {
    const std::lock_guard lock{mutex_};
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return std::exchange(result_, std::nullopt);
  }

 private:
  void wake() {
    const std::lock_guard lock{mutex_};
    if (woken_ != nullptr) woken_->cancel();
  }

  std::mutex mutex_;
  boost::asio::steady_timer* woken_ = nullptr;
  std::optional<T> result_;
  std::exception_ptr failure_;
};

/// Runs `todo` on `there` and resumes on the caller's own executor, which runs one handler at a
/// time.
template <class T>
boost::asio::awaitable<T> cross_over(boost::asio::any_io_executor there,
                                     boost::asio::awaitable<T> todo) {
  namespace asio = boost::asio;
  constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
  const auto meeting = std::make_shared<crossing<T>>();
  asio::steady_timer woken{co_await asio::this_coro::executor, runtime::time_point::max()};
  const typename crossing<T>::caller here{meeting, woken};
  asio::co_spawn(there, crossing<T>::work(meeting, std::move(todo)), asio::detached);
  std::optional<T> result = meeting->take();
  while (!result) {
    co_await woken.async_wait(use_tuple);
    result = meeting->take();
  }
  co_return std::move(*result);
}

}  // namespace gatehouse::cluster
