#include "connect.hpp"

#include <gatehouse/net/channel.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <loopback.hpp>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <temporary_folder.hpp>
#include <unistd.h>
#include <utility>
#include <vector>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;
using boost::system::error_code;
using test::awaitable;
using test::tcp;

TEST(interleave, gives_the_families_their_turns) {
  const auto a = make_address("::1");
  const auto b = make_address("::2");
  const auto c = make_address("::3");
  const auto x = make_address("127.0.0.1");
  const auto y = make_address("127.0.0.2");
  EXPECT_EQ(interleave({a, b, c, x, y}), (host_addresses{a, x, b, y, c}));
  EXPECT_EQ(interleave({x, a, b}), (host_addresses{x, a, b}));
  EXPECT_EQ(interleave({x, y}), (host_addresses{x, y}));
  EXPECT_EQ(interleave({}), host_addresses{});
}

runtime::time_point late() {
  return runtime::clock::now() + runtime::seconds{60};
}

/// An address on which connecting gets no answer: its backlog is full.
class silent_listener {
 public:
  silent_listener(const char* address, std::uint16_t port) : to_{make_address(address), port} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, to_.data(), static_cast<socklen_t>(to_.size())), 0);
    ::listen(listener_, 0);
    for (int i = 0; i < 4; ++i) {
      callers_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(callers_.back(), to_.data(), static_cast<socklen_t>(to_.size()));
    }
  }
  ~silent_listener() {
    for (const int each : callers_) ::close(each);
    ::close(listener_);
  }
  silent_listener(const silent_listener&) = delete;
  silent_listener& operator=(const silent_listener&) = delete;

 private:
  tcp::endpoint to_;
  int listener_;
  std::vector<int> callers_;
};

class connect_test : public test::loopback {};

TEST_F(connect_test, a_silent_address_does_not_keep_the_next_one_waiting) {
  test::http_peer good{loop()};
  const silent_listener silent{"127.0.0.2", good.port()};
  const host_addresses both{make_address("127.0.0.2"), make_address("127.0.0.1")};
  run([&]() -> awaitable<void> {
    const auto socket = co_await connect_first(both, good.port());
    EXPECT_TRUE(socket);
    if (socket) {
      EXPECT_EQ(socket->remote_endpoint().address(), make_address("127.0.0.1"));
    }
  });
}

TEST_F(connect_test, a_refusal_goes_on_at_once_and_is_the_answer_when_all_refuse) {
  const auto port = [] {
    asio::io_context other;
    return test::http_peer{other}.port();
  }();
  const host_addresses both{make_address("127.0.0.2"), make_address("127.0.0.1")};
  run([&]() -> awaitable<void> {
    const auto socket = co_await connect_first(both, port);
    EXPECT_EQ(socket.error(), asio::error::connection_refused);
  });
}

TEST_F(connect_test, cancelling_ends_it) {
  const auto port = test::http_peer{loop()}.port();
  const silent_listener silent{"127.0.0.2", port};
  const host_addresses only{make_address("127.0.0.2")};
  asio::cancellation_signal cancel;
  std::optional<error_code> got;
  asio::co_spawn(
      loop(),
      [&]() -> awaitable<void> {
        const auto socket = co_await connect_first(only, port);
        got = socket ? error_code{} : socket.error();
      },
      asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {}));
  settle();
  cancel.emit(asio::cancellation_type::terminal);
  loop().restart();
  while (!got) loop().run_one();
  EXPECT_EQ(*got, asio::error::operation_aborted);
}

/// Leaves no descriptor for another socket while it lives.
class no_descriptors {
 public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = ::dup(STDIN_FILENO);
    ::close(lowest_free);
    const rlimit none{static_cast<rlim_t>(lowest_free), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(connect_test, a_socket_that_cannot_be_had_is_reported_as_what_it_is) {
  const asio::steady_timer reactor_is_there{loop()};
  for (const char* origin : {"http://127.0.0.1:1/", "http://[::1]:1/", "http+unix:///no.sock:/"}) {
    run([&]() -> awaitable<void> {
      const no_descriptors now;
      const auto dialled = co_await dial(*parse_url(origin), nullptr, late());
      EXPECT_EQ(dialled.error(), boost::system::errc::too_many_files_open) << origin;
    });
  }
}

class unix_listener {
 public:
  explicit unix_listener(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::listen(listener_, 1);
  }
  ~unix_listener() { ::close(listener_); }
  unix_listener(const unix_listener&) = delete;
  unix_listener& operator=(const unix_listener&) = delete;

  /// Takes one connection, and lets it go, if there is one.
  bool take_one() const {
    const int taken = ::accept(listener_, nullptr, nullptr);
    if (taken >= 0) ::close(taken);
    return taken >= 0;
  }

 private:
  int listener_;
};

TEST_F(connect_test, a_full_backlog_of_a_unix_socket_is_waited_for) {
  const test::temporary_folder folder;
  const std::string path = (folder.path() / "handler.sock").string();
  const unix_listener listener{path};
  const auto to = *parse_url("http+unix://" + path + ":/");
  std::list<channel> connected;
  int refused = 0;
  const int wanted = 8;
  for (int i = 0; i < wanted; ++i) {
    start([&]() -> awaitable<void> {
      auto dialled = co_await dial(to, nullptr, late());
      if (dialled) {
        connected.push_back(*std::move(dialled));
      } else {
        ++refused;
      }
    });
  }
  loop().poll();
  loop().restart();
  EXPECT_LT(connected.size(), static_cast<std::size_t>(wanted)) << "the backlog is not full";
  int taken = 0;
  while (connected.size() < wanted && refused == 0) {
    loop().run_one();
    if (listener.take_one()) ++taken;
  }
  while (listener.take_one()) ++taken;
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(taken, wanted) << "connected, and not taken for it";
}

TEST_F(connect_test, a_full_backlog_ends_with_the_deadline) {
  const test::temporary_folder folder;
  const std::string path = (folder.path() / "handler.sock").string();
  const unix_listener listener{path};
  const auto to = *parse_url("http+unix://" + path + ":/");
  run([&]() -> awaitable<void> {
    std::list<channel> connected;
    error_code ended;
    for (int i = 0; i < 8 && !ended; ++i) {
      const auto soon = runtime::clock::now() + runtime::milliseconds{30};
      auto dialled = co_await dial(to, nullptr, soon);
      if (dialled) {
        connected.push_back(*std::move(dialled));
      } else {
        ended = dialled.error();
      }
    }
    EXPECT_EQ(ended, asio::error::timed_out);
  });
}

}  // namespace
}  // namespace gatehouse::net
