#include <gatehouse/net/egress_proxy.hpp>

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>

namespace gatehouse::net {
namespace {

using variables = std::map<std::string, std::string>;

std::optional<egress_proxy> found_in(const variables& set) {
  return find_egress_proxy([&](const std::string& name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional{found->second};
  });
}

bool serves(const std::string& no_proxy, const std::string& host, std::uint16_t port = 443) {
  const auto proxy = found_in({{"HTTPS_PROXY", "proxy:3128"}, {"NO_PROXY", no_proxy}});
  return proxy->serves({url_scheme::wss, host, port, "/"});
}

TEST(egress_proxy, is_found_in_the_environment) {
  EXPECT_FALSE(found_in({}));
  EXPECT_FALSE(found_in({{"HTTPS_PROXY", ""}, {"http_proxy", "http://x:1"}}));
  for (const char* text : {"http://proxy.test:3128", "http://proxy.test:3128/", "proxy.test:3128",
                           "HTTP://proxy.test:3128"}) {
    const auto proxy = found_in({{"HTTPS_PROXY", text}});
    ASSERT_TRUE(proxy) << text;
    EXPECT_EQ(proxy->address.host, "proxy.test") << text;
    EXPECT_EQ(proxy->address.port, 3128) << text;
    EXPECT_EQ(proxy->authorization, "") << text;
  }
  const auto both = found_in({{"https_proxy", "small:1"}, {"HTTPS_PROXY", "large:2"}});
  EXPECT_EQ(both->address.host, "small") << "as curl has it";
  EXPECT_EQ(found_in({{"HTTPS_PROXY", "[::1]:8080"}})->address.host, "::1");
}

TEST(egress_proxy, has_basic_authorization) {
  const auto of = [](const std::string& user_info) {
    return found_in({{"HTTPS_PROXY", "http://" + user_info + "@proxy:1"}})->authorization;
  };
  EXPECT_EQ(of("user:pass"), "Basic dXNlcjpwYXNz");
  EXPECT_EQ(of("user:p%40%3Ass"), "Basic dXNlcjpwQDpzcw==");
  EXPECT_EQ(of("user:p@ss"), "Basic dXNlcjpwQHNz");
  EXPECT_EQ(of("user"), "Basic dXNlcjo=");
}

TEST(egress_proxy, that_cannot_be_used_is_an_error_without_its_text) {
  for (const char* text : {"https://secret:1", "socks5://secret:1", "http://", "http://secret:port",
                           "http://u:secret@", "secret with blanks"}) {
    try {
      static_cast<void>(found_in({{"https_proxy", text}}));
      ADD_FAILURE() << text;
    } catch (const std::invalid_argument& error) {
      EXPECT_TRUE(std::string{error.what()}.starts_with("https_proxy: ")) << text;
      EXPECT_EQ(std::string{error.what()}.find("secret"), std::string::npos) << text;
    }
  }
}

TEST(egress_proxy, leaves_the_exceptions_alone) {
  EXPECT_TRUE(serves("", "discord.com"));
  EXPECT_FALSE(serves("*", "discord.com"));
  EXPECT_FALSE(serves("localhost, discord.com", "discord.com"));
  EXPECT_FALSE(serves("discord.com", "Gateway.Discord.com"));
  EXPECT_FALSE(serves(".DISCORD.com", "gateway.discord.com"));
  EXPECT_TRUE(serves("discord.com", "notdiscord.com"));
  EXPECT_TRUE(serves("discord.com", "discord.com.evil.test"));
  EXPECT_FALSE(serves("10.0.0.1,::1", "10.0.0.1"));
  EXPECT_FALSE(serves("[::1]:443", "::1"));
  EXPECT_FALSE(serves("discord.com:443", "discord.com"));
  EXPECT_TRUE(serves("discord.com:8443", "discord.com"));
  EXPECT_TRUE(serves(", ,", "discord.com"));
}

}  // namespace
}  // namespace gatehouse::net
