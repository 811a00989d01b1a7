#include "config_text.hpp"

#include <gatehouse/config/listen_address.hpp>

#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

TEST(listen_address, is_host_and_port) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080"), (listen_address{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_listen_address("localhost:0"), (listen_address{"localhost", 0}));
  EXPECT_EQ(parse_listen_address("[::]:65535"), (listen_address{"::", 65535}));
}

TEST(listen_address, anything_else_is_none) {
  for (const auto* text : {"", ":80", "80", "h", "h:", "h:65536", "h:x", "::1:80", "[::1]", "[h]:1",
                           "h h:1", "http://h:1", "[]:1"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

TEST(listen_address, knows_what_only_this_machine_reaches) {
  for (const auto* host : {"127.0.0.1", "127.8.9.1", "::1", "localhost"}) {
    EXPECT_TRUE((listen_address{host, 1}.is_loopback())) << host;
  }
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "example.org",
                           "127.0.0.1.nip.io", "::ffff:127.0.0.1"}) {
    EXPECT_FALSE((listen_address{host, 1}.is_loopback())) << host;
  }
}

TEST(listen_address, a_bad_one_is_a_problem_of_the_file) {
  const auto result = testing::load(testing::handler_start + "admin.listen = 'x'");
  EXPECT_EQ(testing::joined(result.problems),
            "f.toml:3:16: admin.listen: is not an address; allowed: host:port or [IPv6]:port with "
            "a port from 0 to 65535, or \"\" for off\n");
}

}  // namespace
}  // namespace gatehouse::config
