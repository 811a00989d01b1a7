#include "connect_proxy.hpp"
#include "daemon_process.hpp"
#include "setup.hpp"

#include <gatehouse/address/url.hpp>

#include <gtest/gtest.h>

#include <string>
#include <temporary_folder.hpp>

/// A machine whose only way out is an HTTP proxy.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

std::uint16_t port_of(const std::string& url) {
  return address::parse_url(url)->port;
}

class egress_proxy_test : public testing::Test {
 protected:
  static sim::sim_options encrypted_discord() {
    auto options = quick_discord(1);
    options.gateway_tls = true;
    options.rest_tls = true;
    return options;
  }
  std::string config() {
    return config_text{discord_, {handler_.url()}}
        .add("discord", "ca_file = \"" + folder_.write("ca.pem", discord_.ca_pem()) + '"')
        .add("handlers", "ca_file = \"" + folder_.write("handler.pem", handler_.ca_pem()) + '"')
        .str();
  }

  temporary_folder folder_;
  sim::simulator discord_{encrypted_discord()};
  sim::event_handler handler_{{.tls = true, .registry = discord_.registry()}};
};

TEST_F(egress_proxy_test, leads_to_discord_but_not_to_handlers) {
  const connect_proxy proxy{"Basic dXNlcjpwQHNz"};
  daemon_process daemon{
      config(), {"HTTPS_PROXY=http://user:p%40ss@" + proxy.address(), "NO_PROXY=example.org"}};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  sim::fault fault;
  fault.kind = sim::fault_kind::reset;
  discord_.inject(fault);
  ASSERT_TRUE(
      discord_.wait_for([](const sim::statistics& now) { return now.resumes_accepted == 1; }, 30s))
      << daemon.log();
  discord_.flood(1'000);
  EXPECT_TRUE(wait_for_everything(discord_)) << daemon.log();
  expect_flawless(handler_);
  EXPECT_TRUE(proxy.has_led_to(port_of(discord_.rest_url())));
  EXPECT_TRUE(proxy.has_led_to(port_of(discord_.gateway_url())));
  EXPECT_EQ(proxy.ports().size(), 3U) << "REST, the connection and the one after it";
  EXPECT_FALSE(proxy.has_led_to(port_of(handler_.url())));
  EXPECT_EQ(daemon.log().find("p@ss"), std::string::npos);
  EXPECT_EQ(daemon.log().find("dXNlcjpwQHNz"), std::string::npos);
}

TEST_F(egress_proxy_test, is_left_alone_where_no_proxy_says_so) {
  const connect_proxy proxy;
  daemon_process daemon{config(), {"https_proxy=" + proxy.address(), "no_proxy=127.0.0.1"}};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  EXPECT_TRUE(proxy.ports().empty());
}

TEST_F(egress_proxy_test, that_refuses_is_named) {
  const connect_proxy proxy{"Basic something else"};
  daemon_process daemon{config(), {"HTTPS_PROXY=" + proxy.address()}};
  EXPECT_TRUE(daemon.wait_for_log("the proxy refuses the connection with HTTP 407"))
      << daemon.log();
}

TEST_F(egress_proxy_test, that_cannot_be_used_ends_the_start) {
  daemon_process daemon{config(), {"HTTPS_PROXY=socks5://user:secret@127.0.0.1:1"}};
  const auto end = daemon.wait_for_end(20s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 1);
  EXPECT_NE(daemon.log().find("HTTPS_PROXY"), std::string::npos) << daemon.log();
  EXPECT_EQ(daemon.log().find("secret"), std::string::npos) << daemon.log();
}

}  // namespace
}  // namespace gatehouse::test
