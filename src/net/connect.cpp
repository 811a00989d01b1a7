#include "connect.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <list>
#include <memory>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using unix_socket = asio::local::stream_protocol::socket;
using boost::system::error_code;
using boost::system::result;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

constexpr runtime::milliseconds first_backlog_wait{2};
constexpr runtime::milliseconds last_backlog_wait{100};

/// Connections that are being tried at the same time. Kept by the attempts that are under way; they
/// end soon after `end`.
class connection_race : public std::enable_shared_from_this<connection_race> {
 public:
  explicit connection_race(const asio::any_io_executor& executor)
      : changed(executor), executor_(executor) {}

  void start(const tcp::endpoint& to);
  void end();
  /// Whether an attempt has failed since this was asked last.
  bool take_failure() noexcept { return std::exchange(has_failed_, false); }

  asio::steady_timer changed;  ///< cancelled when an attempt has ended
  std::optional<tcp::socket> winner;
  error_code last_error = asio::error::host_not_found;
  int under_way = 0;

 private:
  void ended(tcp::socket& attempt, const error_code& error);

  asio::any_io_executor executor_;
  std::list<tcp::socket> attempts_;
  bool has_failed_ = false;
  bool is_over_ = false;
};

/// Opens the socket by itself: within `async_connect` a failure to do so is called
/// `operation_aborted`.
void connection_race::start(const tcp::endpoint& to) {
  tcp::socket& attempt = attempts_.emplace_back(executor_);
  error_code error;
  attempt.open(to.protocol(), error);
  if (error) {
    attempts_.pop_back();
    last_error = error;
    return;
  }
  ++under_way;
  attempt.async_connect(to, [self = shared_from_this(), &attempt](const error_code& outcome) {
    self->ended(attempt, outcome);
  });
}

void connection_race::ended(tcp::socket& attempt, const error_code& error) {
  --under_way;
  if (is_over_) return;
  if (error) {
    last_error = error;
    has_failed_ = true;
    error_code ignored;
    attempt.close(ignored);
  } else if (!winner) {
    winner.emplace(std::move(attempt));
  }
  changed.cancel();
}

void connection_race::end() {
  is_over_ = true;
  error_code ignored;
  for (auto& attempt : attempts_) attempt.close(ignored);
}

/// Ends the race however the coroutine ends that holds it.
struct race_holder {
  explicit race_holder(const asio::any_io_executor& executor)
      : race(std::make_shared<connection_race>(executor)) {}
  ~race_holder() { race->end(); }
  race_holder(const race_holder&) = delete;
  race_holder& operator=(const race_holder&) = delete;

  const std::shared_ptr<connection_race> race;
};

}  // namespace

host_addresses interleave(const host_addresses& addresses) {
  host_addresses first;
  host_addresses second;
  for (const auto& address : addresses) {
    (address.is_v6() == addresses.front().is_v6() ? first : second).push_back(address);
  }
  host_addresses out;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

awaitable<result<tcp::socket>> connect_first(host_addresses addresses, std::uint16_t port) {
  const race_holder held{co_await asio::this_coro::executor};
  connection_race& race = *held.race;
  const auto in_turn = interleave(addresses);
  auto next = in_turn.begin();
  bool is_due = true;
  for (;;) {
    if (race.winner) break;
    if (next != in_turn.end() && (is_due || race.under_way == 0)) race.start({*next++, port});
    if (race.under_way == 0) {
      if (next == in_turn.end()) co_return race.last_error;
      continue;
    }
    race.changed.expires_at(next == in_turn.end()
                                ? runtime::time_point::max()
                                : runtime::clock::now() + connection_attempt_delay);
    const auto [interrupted] = co_await race.changed.async_wait(use_tuple);
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled != asio::cancellation_type::none) co_return asio::error::operation_aborted;
    is_due = race.take_failure() || !interrupted;
  }
  error_code ignored;
  race.winner->set_option(tcp::no_delay{true}, ignored);
  race.winner->non_blocking(true, ignored);
  co_return std::move(*race.winner);
}

/// Not by the socket's own `async_connect`: to a full backlog Linux says EAGAIN, which it takes for
/// a connection that is being made, and soon for one that is made.
awaitable<result<unix_socket>> connect_unix(std::string path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) co_return asio::error::name_too_long;
  const auto executor = co_await asio::this_coro::executor;
  unix_socket socket{executor};
  error_code error;
  socket.open({}, error);
  if (!error) socket.non_blocking(true, error);
  if (error) co_return error;
  const asio::local::stream_protocol::endpoint to{path};
  asio::steady_timer pause{executor};
  for (auto wait = first_backlog_wait;;) {
    const auto size = static_cast<socklen_t>(to.size());
    if (::connect(socket.native_handle(), to.data(), size) == 0) co_return std::move(socket);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return error_code{errno, boost::system::system_category()};
    pause.expires_after(wait);
    const auto [interrupted] = co_await pause.async_wait(use_tuple);
    if (interrupted) co_return interrupted;
    wait = std::min(2 * wait, last_backlog_wait);
  }
}

}  // namespace gatehouse::net
