#include <gatehouse/net/ws_connection.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <gmock/gmock.h>

#include <array>
#include <certificates.hpp>
#include <loopback.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <temporary_folder.hpp>
#include <utility>
#include <vector>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using testing::ElementsAre;

std::string frame(std::string_view payload) {
  std::string text;
  append_ws_frame(text, ws_opcode::text, payload, std::nullopt);
  return text;
}

/// Keeps the last bytes of what it is given, and counts.
class counting_reader final : public ws_reader {
 public:
  void on_message(ws_opcode, std::string_view payload) override {
    messages.emplace_back(payload.substr(0, 16));
  }
  void on_read_end() override { ++reads; }
  [[nodiscard]] bool wants_pause() const noexcept override {
    if (is_congested) ++pauses;
    return is_congested;
  }

  std::vector<std::string> messages;
  int reads = 0;
  bool is_congested = false;
  mutable int pauses = 0;
};

class ws_connection_test : public test::loopback {
 protected:
  ws_connection_test() : acceptor_(loop(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {}
  ~ws_connection_test() override {
    if (client_ && !end_) client_->abort();
    settle();
  }

  awaitable<void> connect() {
    const url to{url_scheme::http, "127.0.0.1", acceptor_.local_endpoint().port(), "/"};
    auto dialled = co_await dial(to, nullptr, runtime::clock::now() + runtime::seconds{30});
    server_ = co_await acceptor_.async_accept(asio::use_awaitable);
    client_ = std::make_unique<ws_connection>(std::move(dialled.value()), std::string{});
  }
  /// Connects and reads from then on.
  void begin() {
    run([&]() -> awaitable<void> { co_await connect(); });
    start([this]() -> awaitable<void> { end_ = co_await client_->run(reader_, *buffer_); });
    settle();
  }
  void send(std::string_view bytes) { asio::write(server_, asio::buffer(bytes)); }
  /// Until the loop has seen to it; the bytes are on their way by then.
  template <class Condition>
  void until(Condition holds) {
    run([&]() -> awaitable<void> {
      while (!holds()) co_await asio::post(loop(), asio::use_awaitable);
    });
  }
  /// Begins, and has the reader wait in a pause with a message before it.
  void begin_paused() {
    begin();
    send(frame("first"));
    until([&] { return !reader_.messages.empty(); });
    settle();
    reader_.is_congested = true;
    send(frame("second"));
    until([&] { return reader_.pauses > 0; });
  }

  tcp::acceptor acceptor_;
  tcp::socket server_{loop()};
  std::unique_ptr<read_buffer> buffer_ = std::make_unique<read_buffer>();
  counting_reader reader_;
  std::unique_ptr<ws_connection> client_;
  std::optional<ws_end> end_;
};

/// However long it stays congested: what the socket holds at a pause's end is read then.
TEST_F(ws_connection_test, a_message_behind_a_backlog_waits_for_one_pause) {
  begin_paused();
  std::string behind;
  for (int i = 0; i < 40; ++i) behind += frame(std::string(1'000, 'x'));
  send(behind + frame("urgent"));
  const int before = reader_.pauses;
  until([&] { return reader_.messages.back() == "urgent"; });
  EXPECT_EQ(reader_.messages.size(), 43U);
  EXPECT_LE(reader_.pauses, before + 2);
}

TEST_F(ws_connection_test, reads_on_as_soon_as_it_is_told_to) {
  begin_paused();
  reader_.is_congested = false;
  client_->resume();
  settle();
  EXPECT_THAT(reader_.messages, ElementsAre("first", "second"));
}

TEST_F(ws_connection_test, does_not_mind_being_told_to_read_on_at_any_time) {
  begin();
  client_->resume();
  send(frame("hello"));
  until([&] { return !reader_.messages.empty(); });
  client_->resume();
  send(frame("again"));
  until([&] { return reader_.messages.size() == 2; });
}

TEST_F(ws_connection_test, closing_ends_a_pause) {
  begin_paused();
  const std::size_t before = reader_.messages.size();
  client_->close(4000);
  std::array<char, 8> closing{};  // header, mask, code
  asio::read(server_, asio::buffer(closing));
  std::string answer;
  append_ws_frame(answer, ws_opcode::close, encode_ws_close(4000, {}), std::nullopt);
  send(answer);
  settle();
  ASSERT_TRUE(end_);
  EXPECT_EQ(end_->code, 4000);
  EXPECT_EQ(reader_.messages.size(), before) << "nothing is handed over after close";
}

TEST_F(ws_connection_test, dropping_ends_a_pause) {
  begin_paused();
  client_->abort();
  settle();
  ASSERT_TRUE(end_);
  EXPECT_FALSE(end_->code);
}

TEST_F(ws_connection_test, dropping_ends_a_wait) {
  begin();
  client_->abort();
  settle();
  EXPECT_TRUE(end_);
}

TEST_F(ws_connection_test, tells_of_bytes_that_complete_nothing_yet) {
  begin();
  const std::string whole = frame(std::string(1'000, 'x'));
  for (int part = 0; part < 4; ++part) {
    send(std::string_view{whole}.substr(static_cast<std::size_t>(part) * 100, 100));
    until([&] { return reader_.reads == part + 1; });
    EXPECT_TRUE(reader_.messages.empty());
  }
  send(std::string_view{whole}.substr(400));
  until([&] { return !reader_.messages.empty(); });
}

TEST_F(ws_connection_test, reads_whatever_comes_one_by_one) {
  begin();
  for (std::size_t i = 0; i < 200; ++i) {
    send(frame(std::to_string(i)));
    until([&] { return reader_.messages.size() == i + 1; });
    EXPECT_EQ(reader_.messages.back(), std::to_string(i));
  }
}

/// The end makes no edge of its own if it comes with the bytes.
TEST_F(ws_connection_test, notices_an_end_that_comes_with_the_last_message) {
  run([&]() -> awaitable<void> { co_await connect(); });
  send(frame("last"));
  server_.close();
  run([&]() -> awaitable<void> { end_ = co_await client_->run(reader_, *buffer_); });
  EXPECT_THAT(reader_.messages, ElementsAre("last"));
  EXPECT_EQ(end_->error, asio::error::eof);
}

TEST_F(ws_connection_test, goes_with_the_event_loop) {
  asio::io_context other;
  auto alive = std::make_shared<int>();
  const std::weak_ptr<int> is_alive = alive;
  {
    asio::io_context own;
    asio::co_spawn(
        own,
        [&, kept = std::move(alive)]() -> awaitable<void> {
          const url to{url_scheme::http, "127.0.0.1", acceptor_.local_endpoint().port(), "/"};
          auto dialled = co_await dial(to, nullptr, runtime::clock::now() + runtime::seconds{30});
          ws_connection client{std::move(dialled.value()), std::string{}};
          co_await client.run(reader_, *buffer_);
        },
        asio::detached);
    tcp::socket accepted{other};
    while (!accepted.is_open()) {
      own.poll();
      error_code error;
      acceptor_.non_blocking(true);
      acceptor_.accept(accepted, error);
    }
    for (int i = 0; i < 100; ++i) own.poll();
  }
  EXPECT_TRUE(is_alive.expired());
}

/// The server's end over TLS, which is gone without a word.
class ws_over_tls : public ws_connection_test {
 protected:
  void run_server(asio::ssl::context& context, std::string bytes) {
    start([this, &context, bytes]() -> awaitable<void> {
      asio::ssl::stream<tcp::socket> stream{co_await acceptor_.async_accept(asio::use_awaitable),
                                            context};
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
      co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
      stream.next_layer().close();
    });
  }
};

TEST_F(ws_over_tls, reads_many_records_and_notices_the_end_behind_them) {
  const test::authority authority;
  const test::temporary_folder folder;
  const auto identity = authority.issue("IP:127.0.0.1");
  asio::ssl::context context{asio::ssl::context::tls_server};
  context.use_certificate_chain(asio::buffer(identity.certificate_pem));
  context.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += frame(std::string(20'000, 'x'));
  run_server(context, bytes + frame("last"));

  const tls_context trusting{folder.write("ca.pem", authority.pem())};
  run([&]() -> awaitable<void> {
    const url to{url_scheme::https, "127.0.0.1", acceptor_.local_endpoint().port(), "/"};
    auto dialled = co_await dial(to, &trusting, runtime::clock::now() + runtime::seconds{30});
    client_ = std::make_unique<ws_connection>(std::move(dialled.value()), std::string{});
    end_ = co_await client_->run(reader_, *buffer_);
  });
  ASSERT_EQ(reader_.messages.size(), 51U);
  EXPECT_EQ(reader_.messages.back(), "last");
  EXPECT_TRUE(end_->error);
}

}  // namespace
}  // namespace gatehouse::net
