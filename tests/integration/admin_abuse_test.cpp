#include "setup.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The admin port in bad company, while events flow.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t crowd = 300;  // several times the connections that the port serves
constexpr std::string_view half_a_header = "GET /status HTTP/1.1\r\nHost: h\r\nX: ";

class admin_abuse_test : public testing::Test {
 public:
  admin_abuse_test() {
    auto options = quick_discord(4);
    options.events_per_second = 1'000;
    discord = std::make_unique<sim::simulator>(options);
    sim::event_handler_options checking;
    checking.registry = discord->registry();
    handler = std::make_unique<sim::event_handler>(checking);
    daemon = std::make_unique<daemon_process>(config_text{*discord, {handler->url()}}
                                                  .add("admin", "authorization = \"swordfish\"")
                                                  .add("gateway", "shards_per_worker = 2")
                                                  .str());
  }

  tcp::socket connect() {
    tcp::socket socket{loop};
    socket.connect({asio::ip::address_v4::loopback(), daemon->admin_port()});
    return socket;
  }

  /// What the server says until it closes; it may close before all is sent.
  std::string send(std::string_view text) {
    auto socket = connect();
    boost::system::error_code ended;
    asio::write(socket, asio::buffer(text), ended);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), ended);
    return answer;
  }

  /// So many more events than by now have been handled.
  bool wait_for_events(std::uint64_t more) const {
    const auto wanted = handler->statistics().numbered + more;
    return handler->wait_until([wanted](const auto& got) { return got.numbered >= wanted; }, 60s);
  }

  void expect_everything_delivered() {
    discord->set_rate(0);
    EXPECT_TRUE(wait_for_everything(*discord));
    expect_flawless(*handler);
    EXPECT_THAT(discord->statistics().violations, testing::IsEmpty());
    const auto end = daemon->stop();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->exit_code, 0) << daemon->log();
  }

  asio::io_context loop;
  std::unique_ptr<sim::simulator> discord;
  std::unique_ptr<sim::event_handler> handler;
  std::unique_ptr<daemon_process> daemon;
};

TEST_F(admin_abuse_test, slow_clients_neither_keep_others_out_nor_hold_up_events) {
  ASSERT_TRUE(wait_for_start(*daemon, 4));
  std::vector<tcp::socket> slow;
  for (std::size_t i = 0; i < crowd; ++i) {
    slow.push_back(connect());
    boost::system::error_code closed;
    asio::write(slow.back(), asio::buffer(half_a_header), closed);
  }
  EXPECT_EQ(http_get(daemon->admin_port(), "/healthz").status, 200);
  EXPECT_EQ(http_get(daemon->admin_port(), "/readyz").status, 200);
  EXPECT_TRUE(wait_for_events(2'000));
  EXPECT_EQ(http_get(daemon->admin_port(), "/healthz").status, 200);
  expect_everything_delivered();
}

TEST_F(admin_abuse_test, oversized_malformed_and_unauthorized_requests_are_answered_as_such) {
  ASSERT_TRUE(wait_for_start(*daemon, 4));
  const std::string authorized = "Host: h\r\nAuthorization: swordfish\r\n";
  const std::string too_long_a_body = "POST /presence HTTP/1.1\r\n" + authorized +
                                      "Content-Length: 90000000\r\n\r\n" + std::string(10'000, 'x');
  const std::string too_long_a_header =
      "GET /status HTTP/1.1\r\n" + authorized + "X: " + std::string(20'000, 'x') + "\r\n\r\n";
  const std::string no_http = std::string("\x16\x03\x01\x02\x00", 5) + std::string(500, '\x01');
  const std::string no_secret =
      "POST /reshard HTTP/1.1\r\nHost: h\r\nAuthorization: Swordfish\r\nConnection: close\r\n"
      "Content-Length: 11\r\n\r\n{\"total\":99}";
  const std::string no_json = "POST /presence HTTP/1.1\r\nConnection: close\r\n" + authorized +
                              "Content-Length: 4\r\n\r\n[[[[";
  for (int round = 0; round < 100; ++round) {
    EXPECT_THAT(send(too_long_a_body), StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(send(too_long_a_header), StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(send(no_http), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(send(no_secret), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(send(no_json), StartsWith("HTTP/1.1 400 "));
  }
  EXPECT_TRUE(wait_for_events(500));
  EXPECT_EQ(http_get(daemon->admin_port(), "/healthz").status, 200);
  EXPECT_THAT(daemon->log(), Not(HasSubstr("swordfish")));
  expect_everything_delivered();
}

}  // namespace
}  // namespace gatehouse::test
