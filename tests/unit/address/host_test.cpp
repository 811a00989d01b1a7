#include <gatehouse/address/host.hpp>

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::address {
namespace {

TEST(host, names_and_ipv4_addresses) {
  for (const auto* const name : {"localhost", "a.b-c_d.example", "127.0.0.1", "x"}) {
    EXPECT_TRUE(is_host_name(name)) << name;
  }
  EXPECT_TRUE(is_host_name(std::string(253, 'a')));
  EXPECT_FALSE(is_host_name(std::string(254, 'a')));
  for (const auto* const name : {"", "a b", "a:b", "[::1]", "é", "a/b", "a%20"}) {
    EXPECT_FALSE(is_host_name(name)) << name;
  }
}

TEST(host, ipv6_addresses) {
  EXPECT_TRUE(is_ipv6_address("::1"));
  EXPECT_TRUE(is_ipv6_address("2001:db8::ffff:1.2.3.4"));
  for (const auto* const text : {"", "1.2.3.4", "[::1]", "::1%eth0", ":::", "g::"}) {
    EXPECT_FALSE(is_ipv6_address(text)) << text;
  }
}

TEST(host, ports) {
  EXPECT_EQ(parse_port("0"), 0);
  EXPECT_EQ(parse_port("080"), 80);
  EXPECT_EQ(parse_port("65535"), 65535);
  for (const auto* const text :
       {"", "65536", "-1", "+1", " 1", "1 ", "0x1", "99999999999999999999"}) {
    EXPECT_FALSE(parse_port(text)) << text;
  }
}

}  // namespace
}  // namespace gatehouse::address
