#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

/// What is wrong with a handler URL, empty if nothing.
std::string handler(const std::string& url) {
  const auto result =
      testing::load(testing::valid_start + "handlers.urls = ['${URL}']", {{"URL", url}});
  return result.problems.empty() ? "" : result.problems.at(0).text;
}

std::string key(const std::string& name, const std::string& url) {
  const auto result = testing::load(
      "discord.intents = 1\ndiscord.token = 'T'\n"
      "handlers.urls = ['http://h']\n" +
          name + " = '${URL}'",
      {{"URL", url}});
  return result.problems.empty() ? "" : result.problems.at(0).text;
}

TEST(handler_url, common_forms_are_accepted) {
  for (const std::string url :
       {"http://h", "https://h/", "http://h:1", "http://h:65535/a/b?c=d", "http://127.0.0.1:8081",
        "http://[::1]:80/x", "http://[2001:db8::1]", "http://my_service.local", "http://h?x",
        "http+unix:///run/h.sock:/", "http+unix:///a:/route?x=1"}) {
    EXPECT_EQ(handler(url), "") << url;
  }
}

TEST(handler_url, the_scheme_is_checked) {
  for (const std::string url : {"ftp://h", "h", "h:80", "HTTP//h", "http:/h", "ws://h", "://h"}) {
    EXPECT_EQ(handler(url),
              "has the wrong scheme; allowed: http://, https://, http+unix:///path.sock:/route and "
              "jetstream:SUBJECT")
        << url;
  }
}

TEST(handler_url, the_host_is_checked) {
  EXPECT_EQ(handler("http://"), "has no host");
  EXPECT_EQ(handler("http:///path"), "has no host");
  EXPECT_EQ(handler("http://:80"), "has no host");
  EXPECT_EQ(handler("http://a,b"), "has a bad host name");
  EXPECT_EQ(handler("http://[::1"), "has a bad IPv6 address; allowed: [address] or [address]:port");
  EXPECT_EQ(handler("http://[h]"), "has a bad IPv6 address; allowed: [address] or [address]:port");
}

TEST(handler_url, the_port_is_checked) {
  for (const std::string port : {"", "0", "65536", "-1", "x", "80x", "+80", "99999999999"}) {
    EXPECT_EQ(handler("http://h:" + port + "/"), "has a bad port; allowed: 1 to 65535") << port;
    EXPECT_EQ(handler("http://[::1]:" + port), "has a bad port; allowed: 1 to 65535") << port;
  }
  EXPECT_EQ(handler("http://[::1]80"), "has a bad port; allowed: 1 to 65535");
}

TEST(handler_url, credentials_are_refused) {
  EXPECT_EQ(handler("http://user:password@h/"),
            "must not contain a user name or password; use the authorization key");
}

TEST(handler_url, odd_characters_are_refused) {
  for (const std::string url : {"http://h/a b", "http://h/\r\nX: 1", "http://h/\xc3\xa9",
                                "http://h/<", "http+unix:///a b:/r"}) {
    EXPECT_EQ(handler(url), "contains a character that no URL may contain unencoded") << url;
  }
  EXPECT_EQ(handler("http://h/#x"), "must not have a fragment (#)");
}

TEST(handler_url, a_socket_needs_path_and_route) {
  const std::string path = "needs an absolute socket path; allowed: http+unix:///path.sock:/route";
  const std::string route =
      "needs a route after the socket path; allowed: http+unix:///path.sock:/route";
  EXPECT_EQ(handler("http+unix://"), path);
  EXPECT_EQ(handler("http+unix://relative.sock:/x"), path);
  EXPECT_EQ(handler("http+unix:///:/x"), path);
  EXPECT_EQ(handler("http+unix:///a.sock"), route);
  EXPECT_EQ(handler("http+unix:///a.sock:"), route);
  EXPECT_EQ(handler("http+unix:///a.sock:x"), route);
  EXPECT_EQ(handler("http+unix:///" + std::string(106, 'a') + ":/"), "");
  EXPECT_EQ(handler("http+unix:///" + std::string(107, 'a') + ":/"),
            "has a socket path of 108 bytes; allowed: at most 107");
}

TEST(rest_url, is_http_without_query) {
  EXPECT_EQ(key("rest.url", "http://h:8000/api"), "");
  EXPECT_EQ(key("rest.url", "http+unix:///a:/b"),
            "has the wrong scheme; allowed: http:// and https://");
  EXPECT_EQ(key("rest.url", "http://h/api?x=1"), "must not have a query (?)");
}

TEST(gateway_url, is_a_websocket_url) {
  EXPECT_EQ(key("discord.gateway_url", "wss://h"), "");
  EXPECT_EQ(key("discord.gateway_url", "ws://127.0.0.1:9/"), "");
  EXPECT_EQ(key("discord.gateway_url", ""), "");
  EXPECT_EQ(key("discord.gateway_url", "https://h"),
            "has the wrong scheme; allowed: ws:// and wss://");
  EXPECT_EQ(key("discord.gateway_url", "wss://h/?v=10"), "must not have a query (?)");
}

}  // namespace
}  // namespace gatehouse::config
