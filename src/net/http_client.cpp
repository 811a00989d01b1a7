#include "channel_io.hpp"
#include "http_message.hpp"

#include <gatehouse/net/http_client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Pieces of an answer that are read in a row before the others of the thread get their turn.
constexpr int reads_per_turn = 4;

/// It makes no difference to the peer whether it gets such a request once or twice.
bool is_safe(const std::string& method) {
  return method == "GET" || method == "HEAD";
}

}  // namespace

/// A caller that waits for a connection to become free, for as long as it is in the queue.
class http_client::waiter {
 public:
  waiter(http_client& of, const asio::any_io_executor& executor)
      : wake{executor, asio::steady_timer::time_point::max()}, of_(of) {
    of_.waiting_.push_back(this);
  }
  ~waiter() { std::erase(of_.waiting_, this); }
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  asio::steady_timer wake;
  bool granted = false;

 private:
  http_client& of_;
};

/// The right to use one of `max_connections`, passed on when it ends.
class http_client::turn {
 public:
  explicit turn(http_client& of) noexcept : of_(of) {}
  ~turn() { of_.pass_turn(); }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

 private:
  http_client& of_;
};

/// A request on its way to an answer.
struct http_client::undertaking {
  const http_request& request;
  std::string head;
  runtime::time_point deadline;
  bool is_sent = false;  ///< whole, at least once
};

/// How one try on one connection went.
struct http_client::exchange_result {
  response_result response;
  bool keep_alive = false;  ///< the connection can serve another request
  bool stale = false;       ///< it broke before the first byte of an answer
};

http_client::http_client(url origin, const tls_context* tls, options limits)
    : origin_(std::move(origin)), tls_(tls), options_(limits) {
  if (origin_.is_tls() && tls_ == nullptr) {
    throw std::invalid_argument("an http_client for https needs a tls_context");
  }
}

http_client::~http_client() = default;

awaitable<http_result> http_client::send(http_request request, runtime::time_point deadline) {
  using namespace asio::experimental::awaitable_operators;
  if (!is_well_formed(request)) co_return http_failure{asio::error::invalid_argument};
  undertaking asked{request, render_head(request, origin_.authority()), deadline};
  asio::steady_timer timer{co_await asio::this_coro::executor, deadline};
  auto first = co_await (run(asked) || timer.async_wait(use_tuple));
  error_code error = asio::error::timed_out;
  if (first.index() == 0) {
    auto& response = std::get<0>(first);
    if (response) co_return *std::move(response);
    error = response.error();
  }
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  if (cancelled != asio::cancellation_type::none) error = asio::error::operation_aborted;
  co_return http_failure{error, asked.is_sent};
}

awaitable<http_client::response_result> http_client::run(undertaking& asked) {
  if (!co_await wait_for_turn()) co_return error_code{asio::error::operation_aborted};
  const turn held{*this};
  co_return co_await exchange_on_any(asked);
}

awaitable<bool> http_client::wait_for_turn() {
  if (in_use_ < options_.max_connections) {
    ++in_use_;
    co_return true;
  }
  const auto executor = co_await asio::this_coro::executor;
  waiter self{*this, executor};
  co_await self.wake.async_wait(use_tuple);
  co_return self.granted;
}

void http_client::pass_turn() noexcept {
  if (waiting_.empty()) {
    --in_use_;
    return;
  }
  waiter& next = *waiting_.front();
  waiting_.pop_front();
  next.granted = true;
  next.wake.cancel();
}

std::size_t http_client::close_idle() {
  const auto oldest_kept = runtime::clock::now() - options_.max_idle;
  while (!idle_.empty() && idle_.front().since <= oldest_kept) idle_.pop_front();
  return idle_.size();
}

/// The most recently used connection that is still good.
std::optional<channel> http_client::take_idle() {
  close_idle();
  while (!idle_.empty()) {
    idle_connection candidate = std::move(idle_.back());
    idle_.pop_back();
    // Whatever can be read by now is an end, an error, or bytes that nobody asked for.
    std::array<char, 1> unexpected{};
    if (candidate.connected.read(unexpected).status == io_status::want_read) {
      return std::move(candidate.connected);
    }
  }
  return std::nullopt;
}

awaitable<http_client::response_result> http_client::exchange_on_any(undertaking& asked) {
  std::optional<channel> connected = take_idle();
  bool reused = connected.has_value();
  for (;;) {
    if (!connected) {
      auto dialled = co_await dial(origin_, tls_, asked.deadline);
      if (!dialled) co_return dialled.error();
      connected.emplace(std::move(*dialled));
    }
    auto tried = co_await exchange(*connected, asked);
    if (tried.keep_alive) {
      idle_.push_back({std::move(*connected), runtime::clock::now()});
    }
    const bool may_repeat = !asked.is_sent || is_safe(asked.request.method);
    if (!(reused && tried.stale && may_repeat)) co_return std::move(tried.response);
    connected.reset();
    reused = false;
  }
}

awaitable<http_client::exchange_result> http_client::exchange(channel& on, undertaking& asked) {
  error_code write_error = co_await write_all(on, asked.head);
  if (!write_error) write_error = co_await write_all(on, asked.request.body);
  if (!write_error) asked.is_sent = true;

  // Also after a failed write: a server that refuses a body answers before it has read all of it.
  response_reader reader{asked.request.method == "HEAD", options_.max_body_bytes};
  std::array<char, 16'384> chunk;
  for (int reads = 1; !reader.is_done(); ++reads) {
    const auto bytes = co_await read_some(on, chunk);
    if (!bytes || *bytes == 0) {
      const error_code ended = bytes ? reader.put_end() : bytes.error();
      if (!ended) break;
      co_return exchange_result{write_error ? write_error : ended, false, !reader.has_begun()};
    }
    if (const error_code error = reader.put({chunk.data(), *bytes})) {
      co_return exchange_result{error};
    }
    if (reads % reads_per_turn != 0) continue;
    if (runtime::clock::now() >= asked.deadline) {
      co_return exchange_result{error_code{asio::error::timed_out}};
    }
    co_await asio::post(on.executor(), asio::use_awaitable);
  }
  const bool keep_alive = reader.keeps_alive() && !write_error;
  co_return exchange_result{reader.take(), keep_alive};
}

}  // namespace gatehouse::net
