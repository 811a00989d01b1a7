#include "connection.hpp"
#include "dispatch.hpp"
#include "service.hpp"

#include <gatehouse/admin/admin_server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/logger.h>

#include <algorithm>
#include <exception>
#include <fcntl.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace gatehouse::admin {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// After a failed accept, mostly for want of file descriptors.
constexpr runtime::milliseconds accept_pause{100};

error_code listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  error_code ignored;
  acceptor.close(ignored);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

/// Tries every address of the host until one can be listened on.
tcp::acceptor listen(asio::io_context& loop, const config::listen_address& on) {
  error_code error;
  tcp::acceptor acceptor{loop};
  const auto addresses =
      tcp::resolver{loop}.resolve(on.host, std::to_string(on.port),
                                  tcp::resolver::passive | tcp::resolver::numeric_service, error);
  for (const auto& address : addresses) {
    error = listen_on(acceptor, address.endpoint());
    if (!error) return acceptor;
  }
  throw std::runtime_error("admin.listen: cannot listen on " + on.host + ':' +
                           std::to_string(on.port) + ": " + error.message());
}

/// A file that is kept open so that it can be closed: when the process has used up its descriptors,
/// the admin port still has one for whoever asks how it is.
class spare_descriptor {
 public:
  spare_descriptor() { take(); }
  ~spare_descriptor() { give_up(); }
  spare_descriptor(const spare_descriptor&) = delete;
  spare_descriptor& operator=(const spare_descriptor&) = delete;

  void take() noexcept {
    if (file_ < 0) file_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  /// False: there was none.
  bool give_up() noexcept {
    const int given = std::exchange(file_, -1);
    return given >= 0 && ::close(given) == 0;
  }

 private:
  int file_ = -1;
};

std::shared_ptr<tls_identity> make_identity(const admin_options& options) {
  if (options.certificate_file.empty()) return nullptr;
  return std::make_shared<tls_identity>(options.certificate_file, options.key_file);
}

}  // namespace

struct admin_server::impl {
  impl(admin_options options, std::vector<route> routes, telemetry::logger log)
      : certificate_file(options.certificate_file),
        key_file(options.key_file),
        shared{router{std::move(routes)}, options.limits, std::move(options.authorization),
               options.listen.host,       std::move(log), make_identity(options)},
        acceptor(listen(loop, options.listen)),
        port(acceptor.local_endpoint().port()) {
    asio::co_spawn(loop, accept_all(), [this](const auto& failure) { report(failure); });
    thread = std::thread{[this] {
      ::pthread_setname_np(::pthread_self(), "admin");
      loop.run();
    }};
  }

  ~impl() { stop(); }

  void stop() {
    loop.stop();
    if (thread.joinable()) thread.join();
    tell_last_refusals(shared);
  }

  awaitable<void> accept_all() {
    asio::steady_timer pause{loop};
    for (bool failing = false;;) {
      auto [error, socket] = co_await acceptor.async_accept(use_tuple);
      if (!error) {
        failing = false;
        co_await make_room();
        serve_one(std::move(socket));
        continue;
      }
      if (!std::exchange(failing, true)) {
        shared.log->error("cannot accept connections: {}; trying on", error.message());
      }
      if (spare.give_up()) continue;
      pause.expires_after(accept_pause);
      co_await pause.async_wait(use_tuple);
    }
  }

  /// Until there is a place: one ends by itself, or is taken from whoever has kept us waiting for
  /// too long. Further clients wait in the kernel's queue meanwhile, where none is lost.
  awaitable<void> make_room() {
    const auto patience = shared.limits.patience;
    const auto is_overdue = [&] {
      const auto longest = shared.waiting.longest_since();
      return longest && *longest + patience <= runtime::clock::now();
    };
    while (serving >= shared.limits.max_connections) {
      shared.is_crowded = true;
      if (is_overdue()) {
        co_await read_what_has_come();
        if (is_overdue()) shared.waiting.drop_longest();
      }
      const auto now = runtime::clock::now();
      room.expires_at(std::max(shared.waiting.longest_since().value_or(now) + patience, now));
      if (serving >= shared.limits.max_connections) co_await room.async_wait(use_tuple);
    }
    shared.is_crowded = false;
  }

  /// When this thread did not get to run for a while it is not the clients that were slow: their
  /// bytes are read before they are judged. Behind the first post the sockets are looked at, behind
  /// the second their coroutines have run.
  awaitable<void> read_what_has_come() {
    co_await asio::post(asio::use_awaitable);
    co_await asio::post(asio::use_awaitable);
  }

  void serve_one(tcp::socket socket) {
    ++serving;
    asio::co_spawn(loop, serve(std::move(socket), shared),
                   [this](const std::exception_ptr& failure) {
                     --serving;
                     spare.take();  // before a shard that waits for a descriptor does
                     room.cancel();
                     report(failure);
                   });
  }

  void report(const std::exception_ptr& failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      shared.log->error("admin server: {}", error.what());
    }
  }

  const std::string certificate_file;
  const std::string key_file;
  // The loop goes before what its coroutines refer to.
  service shared;
  std::size_t serving = 0;
  asio::io_context loop{1};
  asio::steady_timer room{loop};  ///< ends early when a connection has ended
  tcp::acceptor acceptor;
  spare_descriptor spare;
  std::uint16_t port;
  std::thread thread;
};

admin_server::admin_server(admin_options options, std::vector<route> routes, telemetry::logger log)
    : impl_(std::make_unique<impl>(std::move(options), std::move(routes), std::move(log))) {}

admin_server::~admin_server() = default;

std::uint16_t admin_server::bound_port() const noexcept {
  return impl_->port;
}

void admin_server::set_authorization(config::secret authorization) {
  asio::post(impl_->loop, [this, changed = std::move(authorization)]() mutable {
    impl_->shared.authorization = std::move(changed);
  });
}

void admin_server::renew_certificate() {
  if (impl_->certificate_file.empty()) return;
  try {
    auto renewed = std::make_shared<tls_identity>(impl_->certificate_file, impl_->key_file);
    asio::post(impl_->loop, [this, renewed = std::move(renewed)]() mutable {
      // Connections that stand hold what they need of the former one themselves.
      impl_->shared.identity = std::move(renewed);
    });
  } catch (const std::runtime_error& failure) {
    impl_->shared.log->error("the admin port keeps its certificate: {}", failure.what());
  }
}

void admin_server::stop() {
  impl_->stop();
}

}  // namespace gatehouse::admin
