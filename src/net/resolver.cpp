#include "system_lookup.hpp"

#include <gatehouse/net/resolver.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// One caller that waits. But for `executor`, only its own thread looks at it.
struct waiting {
  explicit waiting(const asio::any_io_executor& on) : executor(on), wake(on) {}

  const asio::any_io_executor executor;
  asio::steady_timer wake;
  std::optional<resolved> answer;
};

/// What is known of a name.
struct known_name {
  host_addresses last_good;
  error_code last_error;
  runtime::time_point looked_up{};  ///< when the last lookup ended
  runtime::time_point began{};      ///< when the present one began
  bool is_under_way = false;
  std::vector<std::shared_ptr<waiting>> callers;
};

/// Without memory for it the caller goes on waiting, up to its deadline.
void tell(const std::shared_ptr<waiting>& caller, const resolved& answer) noexcept {
  try {
    asio::post(caller->executor, [caller, answer] {
      caller->answer = answer;
      caller->wake.cancel();
    });
  } catch (const std::bad_alloc&) {
    return;
  }
}

}  // namespace

class resolver::state : public std::enable_shared_from_this<state> {
 public:
  state(lookup blocking, clock_reader now) : look_up_(std::move(blocking)), now_(std::move(now)) {}

  /// What can be said at once; nothing: `caller` will be told.
  std::optional<resolved> ask(const std::string& host, const std::shared_ptr<waiting>& caller);
  /// `caller` is told nothing from now on.
  void forget(const std::string& host, const std::shared_ptr<waiting>& caller);
  /// The last answer to `host`, or what shall be said without one.
  resolved last_or(const std::string& host, error_code error);
  /// When the lookup that is under way has had its time, given that there is a former answer.
  runtime::time_point end_of_patience(const std::string& host);

 private:
  error_code begin(const std::string& host);
  void run(std::string host);
  std::optional<std::string> finish(const std::string& host, const resolved& got);
  void make_room();

  const lookup look_up_;
  const clock_reader now_;
  std::mutex mutex_;  ///< for all below
  std::map<std::string, known_name> names_;
  std::deque<std::string> queued_;
  std::size_t threads_ = 0;
};

std::optional<resolved> resolver::state::ask(const std::string& host,
                                             const std::shared_ptr<waiting>& caller) {
  const std::lock_guard lock{mutex_};
  if (!names_.contains(host)) make_room();
  known_name& name = names_[host];
  const auto age = now_() - name.looked_up;
  if (!name.is_under_way) {
    if (!name.last_error && !name.last_good.empty() && age < fresh_for) return name.last_good;
    if (!name.last_error || age >= failed_for) name.last_error = begin(host);
    if (!name.is_under_way) {
      if (name.last_good.empty()) return name.last_error;
      return name.last_good;
    }
  } else if (!name.last_good.empty() && now_() - name.began >= patience) {
    return name.last_good;
  }
  name.callers.push_back(caller);
  return std::nullopt;
}

void resolver::state::forget(const std::string& host, const std::shared_ptr<waiting>& caller) {
  const std::lock_guard lock{mutex_};
  const auto found = names_.find(host);
  if (found != names_.end()) std::erase(found->second.callers, caller);
}

resolved resolver::state::last_or(const std::string& host, error_code error) {
  const std::lock_guard lock{mutex_};
  const auto found = names_.find(host);
  if (found == names_.end() || found->second.last_good.empty()) return error;
  return found->second.last_good;
}

runtime::time_point resolver::state::end_of_patience(const std::string& host) {
  const std::lock_guard lock{mutex_};
  const auto found = names_.find(host);
  if (found == names_.end() || found->second.last_good.empty()) return runtime::time_point::max();
  return runtime::clock::now() + patience;
}

/// A lookup that nobody has begun yet; an error if it cannot be.
error_code resolver::state::begin(const std::string& host) {
  known_name& name = names_[host];
  name.began = now_();
  if (threads_ >= most_threads) {
    queued_.push_back(host);
    name.is_under_way = true;
    return {};
  }
  try {
    std::thread{[self = shared_from_this(), host] { self->run(host); }}.detach();
  } catch (const std::system_error& failure) {
    name.looked_up = now_();
    return {failure.code().value(), boost::system::system_category()};
  } catch (const std::bad_alloc&) {
    name.looked_up = now_();
    return asio::error::no_memory;
  }
  ++threads_;
  name.is_under_way = true;
  return {};
}

/// A thread, from one name to the next.
void resolver::state::run(std::string host) {
  for (;;) {
    resolved got = error_code{asio::error::no_memory};
    try {
      got = look_up_(host);
    } catch (const std::bad_alloc&) {
      // As it stands above.
    }
    auto next = finish(host, got);
    if (!next) return;
    host = *std::move(next);
  }
}

/// Tells everybody who waits; returns the next name to be looked up.
std::optional<std::string> resolver::state::finish(const std::string& host, const resolved& got) {
  const std::lock_guard lock{mutex_};
  known_name& name = names_[host];
  name.is_under_way = false;
  name.looked_up = now_();
  name.last_error = got ? error_code{} : got.error();
  if (got) name.last_good = *got;
  const bool has_answer = !name.last_good.empty();
  const resolved answer = has_answer ? resolved{name.last_good} : resolved{name.last_error};
  // Under the lock: whoever is still in the list has an io_context to be told on.
  for (const auto& each : std::exchange(name.callers, {})) tell(each, answer);
  if (queued_.empty()) {
    --threads_;
    return std::nullopt;
  }
  auto next = std::move(queued_.front());
  queued_.pop_front();
  return next;
}

/// Names come and go with Discord's gateways; those that were looked up longest ago go first.
void resolver::state::make_room() {
  if (names_.size() < most_names) return;
  auto oldest = names_.end();
  for (auto each = names_.begin(); each != names_.end(); ++each) {
    if (each->second.is_under_way) continue;
    if (oldest == names_.end() || each->second.looked_up < oldest->second.looked_up) oldest = each;
  }
  if (oldest != names_.end()) names_.erase(oldest);
}

/// A caller's place among those who wait for a name. It ends before the caller's io_context does,
/// however the caller ends: nobody posts to an io_context that is gone.
class resolver::place {
 public:
  place(state& of, const std::string& host, const std::shared_ptr<waiting>& caller)
      : of_(of), host_(host), caller_(caller) {}
  ~place() { of_.forget(host_, caller_); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

 private:
  state& of_;
  const std::string& host_;
  const std::shared_ptr<waiting>& caller_;
};

resolver::resolver(lookup blocking, clock_reader now)
    : state_(std::make_shared<state>(std::move(blocking), std::move(now))) {}

resolver::~resolver() = default;

asio::awaitable<resolved> resolver::resolve(std::string host, runtime::time_point deadline) {
  const auto known = state_;
  const auto self = std::make_shared<waiting>(co_await asio::this_coro::executor);
  if (auto answer = known->ask(host, self)) co_return *std::move(answer);
  const place held{*known, host, self};
  const auto patient_until = known->end_of_patience(host);
  self->wake.expires_at(std::min(deadline, patient_until));
  const auto [error] = co_await self->wake.async_wait(use_tuple);
  if (self->answer) co_return *std::move(self->answer);
  if (error) co_return error;
  co_return known->last_or(host, asio::error::timed_out);
}

resolver& resolver::of_process() {
  // Not destroyed: threads may be in it when the process ends.
  static auto* const the_one = new resolver{system_lookup};
  return *the_one;
}

}  // namespace gatehouse::net
