#include <gatehouse/net/channel.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include <array>
#include <exception>
#include <loopback.hpp>
#include <string>
#include <temporary_folder.hpp>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

runtime::time_point soon() {
  return runtime::clock::now() + runtime::milliseconds{30};
}
runtime::time_point late() {
  return runtime::clock::now() + runtime::seconds{30};
}

class channel_test : public test::loopback {
 protected:
  channel_test() : acceptor_(loop(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {}

  [[nodiscard]] url address() const {
    return {url_scheme::http, "127.0.0.1", acceptor_.local_endpoint().port(), "/"};
  }

  struct pair {
    channel client;
    tcp::socket server;
  };
  awaitable<pair> connect() {
    auto dialled = co_await dial(address(), nullptr, late());
    auto server = co_await acceptor_.async_accept(asio::use_awaitable);
    co_return pair{std::move(dialled.value()), std::move(server)};
  }

  tcp::acceptor acceptor_;
};

io_result write(channel& to, std::string_view text) {
  const std::array pieces{text};
  return to.write(pieces);
}

TEST_F(channel_test, nothing_to_read_asks_to_wait) {
  run([&]() -> awaitable<void> {
    auto ends = co_await connect();
    std::array<char, 16> into{};
    EXPECT_EQ(ends.client.read(into).status, io_status::want_read);

    co_await asio::async_write(ends.server, asio::buffer("hello", 5), asio::use_awaitable);
    const auto [error] = co_await ends.client.async_wait_readable(use_tuple);
    EXPECT_FALSE(error);
    const auto read = ends.client.read(into);
    EXPECT_EQ(read.status, io_status::done);
    EXPECT_EQ(std::string_view(into.data(), read.bytes), "hello");
  });
}

TEST_F(channel_test, pieces_are_gathered) {
  run([&]() -> awaitable<void> {
    auto ends = co_await connect();
    const std::array<std::string_view, 4> pieces{"one ", "", "two ", "three"};
    const auto written = ends.client.write(pieces);
    EXPECT_EQ(written.status, io_status::done);
    EXPECT_EQ(written.bytes, 13U);
    std::string got(13, '\0');
    co_await asio::async_read(ends.server, asio::buffer(got), asio::use_awaitable);
    EXPECT_EQ(got, "one two three");
  });
}

TEST_F(channel_test, a_full_socket_asks_to_wait_and_goes_on) {
  run([&]() -> awaitable<void> {
    auto ends = co_await connect();
    const std::string block(1UL << 20, 'x');
    std::size_t sent = 0;
    io_result written = write(ends.client, block);
    for (; written.status == io_status::done; written = write(ends.client, block)) {
      sent += written.bytes;
    }
    EXPECT_EQ(written.status, io_status::want_write);
    std::string got(sent, '\0');
    co_await asio::async_read(ends.server, asio::buffer(got), asio::use_awaitable);
    const auto [error] = co_await ends.client.async_wait_writable(use_tuple);
    EXPECT_FALSE(error);
    EXPECT_EQ(write(ends.client, "more").status, io_status::done);
  });
}

TEST_F(channel_test, an_orderly_end_is_told_from_a_reset) {
  run([&]() -> awaitable<void> {
    auto ends = co_await connect();
    auto others = co_await connect();
    std::array<char, 16> into{};
    ends.server.close();
    co_await ends.client.async_wait_readable(use_tuple);
    EXPECT_EQ(ends.client.read(into).status, io_status::end);

    others.server.set_option(asio::socket_base::linger{true, 0});
    others.server.close();
    co_await others.client.async_wait_readable(use_tuple);
    const auto read = others.client.read(into);
    EXPECT_EQ(read.status, io_status::failed);
    EXPECT_EQ(read.error, asio::error::connection_reset);
  });
}

TEST_F(channel_test, closing_ends_waits) {
  run([&]() -> awaitable<void> {
    auto ends = co_await connect();
    asio::post(loop(), [&ends] { ends.client.close(); });
    const auto [error] = co_await ends.client.async_wait_readable(use_tuple);
    EXPECT_EQ(error, asio::error::operation_aborted);
    EXPECT_FALSE(ends.client.is_open());
  });
}

TEST_F(channel_test, dialling_a_closed_port_is_refused) {
  const url to = address();
  acceptor_.close();
  run([&]() -> awaitable<void> {
    const auto dialled = co_await dial(to, nullptr, late());
    EXPECT_EQ(dialled.error(), asio::error::connection_refused);
  });
}

TEST_F(channel_test, dialling_an_unknown_name_fails) {
  run([&]() -> awaitable<void> {
    // Longer than a name may be: the resolver refuses it without asking anybody.
    const url to{url_scheme::http, std::string(300, 'a'), 1, "/"};
    const auto dialled = co_await dial(to, nullptr, late());
    EXPECT_TRUE(dialled.has_error());
  });
}

TEST_F(channel_test, unix_sockets) {
  const test::temporary_folder folder;
  const std::string path = folder.path() / "s";
  using local = asio::local::stream_protocol;
  local::acceptor acceptor{loop(), local::endpoint{path}};
  run([&]() -> awaitable<void> {
    const url to{url_scheme::http_unix, path, 0, "/"};
    auto dialled = co_await dial(to, nullptr, late());
    EXPECT_TRUE(dialled.has_value());
    auto server = co_await acceptor.async_accept(asio::use_awaitable);
    EXPECT_EQ(write(*dialled, "ping").bytes, 4U);
    std::string got(4, '\0');
    co_await asio::async_read(server, asio::buffer(got), asio::use_awaitable);
    EXPECT_EQ(got, "ping");

    const url nowhere{url_scheme::http_unix, path + "x", 0, "/"};
    const auto missing = co_await dial(nowhere, nullptr, late());
    EXPECT_EQ(missing.error(), boost::system::errc::no_such_file_or_directory);
  });
}

/// The handshake is never answered.
TEST_F(channel_test, a_silent_peer_is_given_up_at_the_deadline) {
  const tls_context tls{""};
  url to = address();
  to.scheme = url_scheme::https;
  run([&]() -> awaitable<void> {
    const auto dialled = co_await dial(to, &tls, soon());
    EXPECT_EQ(dialled.error(), asio::error::timed_out);
  });
}

TEST_F(channel_test, a_cancelled_dial_is_no_timeout) {
  const tls_context tls{""};
  url to = address();
  to.scheme = url_scheme::https;
  run([&]() -> awaitable<void> {
    asio::cancellation_signal cancel;
    boost::system::error_code outcome;
    bool ended = false;
    asio::co_spawn(
        loop(),
        [&]() -> awaitable<void> {
          const auto dialled = co_await dial(to, &tls, late());
          outcome = dialled.error();
          ended = true;
        },
        asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {}));
    auto server = co_await acceptor_.async_accept(asio::use_awaitable);
    // The client hello has come: the handshake is under way.
    std::array<char, 1> first{};
    co_await asio::async_read(server, asio::buffer(first), asio::use_awaitable);
    cancel.emit(asio::cancellation_type::terminal);
    while (!ended) co_await asio::post(loop(), asio::use_awaitable);
    EXPECT_EQ(outcome, asio::error::operation_aborted);
  });
}

}  // namespace
}  // namespace gatehouse::net
