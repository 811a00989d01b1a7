#include <gatehouse/net/channel.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <loopback.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

class channel_watch : public test::loopback {
 protected:
  channel_watch() : acceptor_(loop(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {}

  /// A watched connection to `server_`.
  awaitable<void> connect() {
    const url to{url_scheme::http, "127.0.0.1", acceptor_.local_endpoint().port(), "/"};
    auto dialled = co_await dial(to, nullptr, runtime::clock::now() + runtime::seconds{30});
    client_.emplace(std::move(dialled.value()));
    server_ = co_await acceptor_.async_accept(asio::use_awaitable);
    client_->set_watch([this](const error_code& error) { told_.push_back(error); });
  }
  awaitable<void> send(std::string_view text) {
    co_await asio::async_write(server_, asio::buffer(text), asio::use_awaitable);
  }
  awaitable<void> until_told(std::size_t times) {
    while (told_.size() < times) co_await asio::post(loop(), asio::use_awaitable);
  }
  /// What is there to read; nothing behind the end.
  std::string read_all() {
    std::string text;
    for (;;) {
      const auto got = client_->read(into_);
      has_ended_ = got.status == io_status::end;
      if (got.status != io_status::done) return text;
      text.append(into_.data(), got.bytes);
    }
  }
  /// Watches until there is something; it may be told in vain.
  awaitable<std::string> next_text() {
    std::string text;
    while (text.empty() && !has_ended_) {
      client_->watch_readable();
      co_await until_told(++asked_);
      EXPECT_FALSE(told_.back());
      EXPECT_EQ(told_.size(), asked_);
      text = read_all();
    }
    co_return text;
  }

  tcp::acceptor acceptor_;
  tcp::socket server_{loop()};
  std::optional<channel> client_;
  std::vector<error_code> told_;
  std::size_t asked_ = 0;
  bool has_ended_ = false;
  std::array<char, 64> into_{};
};

TEST_F(channel_watch, tells_of_each_arrival_once) {
  run([&]() -> awaitable<void> {
    co_await connect();
    for (int round = 0; round < 20; ++round) {
      co_await send("hello");
      const auto text = co_await next_text();
      EXPECT_EQ(text, "hello");
    }
  });
}

TEST_F(channel_watch, tells_of_what_came_while_it_was_not_asked) {
  run([&]() -> awaitable<void> {
    co_await connect();
    co_await send("one");
    const auto first = co_await next_text();
    EXPECT_EQ(first, "one");
    co_await send("two");
    for (int i = 0; i < 10; ++i) co_await asio::post(loop(), asio::use_awaitable);
    const auto second = co_await next_text();
    EXPECT_EQ(second, "two");
  });
}

TEST_F(channel_watch, tells_of_the_end) {
  run([&]() -> awaitable<void> {
    co_await connect();
    co_await send("hello");
    co_await next_text();
    server_.close();
    co_await next_text();
    EXPECT_TRUE(has_ended_);
  });
}

TEST_F(channel_watch, closing_is_told_though_the_channel_is_gone) {
  run([&]() -> awaitable<void> {
    co_await connect();
    co_await send("hello");
    co_await next_text();
    client_->watch_readable();
    client_.reset();
    co_await until_told(asked_ + 1);
    for (int i = 0; i < 10; ++i) co_await asio::post(loop(), asio::use_awaitable);
    EXPECT_EQ(told_.size(), asked_ + 1);
  });
}

TEST_F(channel_watch, closing_tells_nothing_that_was_not_asked_for) {
  run([&]() -> awaitable<void> {
    co_await connect();
    client_.reset();
    for (int i = 0; i < 10; ++i) co_await asio::post(loop(), asio::use_awaitable);
    EXPECT_TRUE(told_.empty());
  });
}

TEST_F(channel_watch, a_channel_can_be_moved) {
  run([&]() -> awaitable<void> {
    co_await connect();
    channel moved{std::move(*client_)};
    client_.reset();
    moved.watch_readable();
    co_await send("hello");
    co_await until_told(1);
    EXPECT_FALSE(told_.back());
  });
}

}  // namespace
}  // namespace gatehouse::net
