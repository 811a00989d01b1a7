#include <gatehouse/address/url.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace gatehouse::address {
namespace {

struct accepted {
  std::string_view text;
  url expected;
  std::string_view authority;
};

class good_url : public testing::TestWithParam<accepted> {};

TEST_P(good_url, is_taken_apart) {
  const auto parsed = parse_url(GetParam().text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, GetParam().expected) << parsed->to_string();
  EXPECT_EQ(parsed->authority(), GetParam().authority);
}

INSTANTIATE_TEST_SUITE_P(
    urls, good_url,
    testing::Values(accepted{"http://handler", {url_scheme::http, "handler", 80, "/"}, "handler"},
                    accepted{"https://discord.com/api",
                             {url_scheme::https, "discord.com", 443, "/api"},
                             "discord.com"},
                    accepted{"http://127.0.0.1:8000/a/b?c=d",
                             {url_scheme::http, "127.0.0.1", 8000, "/a/b?c=d"},
                             "127.0.0.1:8000"},
                    accepted{"https://host:443/", {url_scheme::https, "host", 443, "/"}, "host"},
                    accepted{"http://host:443/", {url_scheme::http, "host", 443, "/"}, "host:443"},
                    accepted{"wss://gateway.discord.gg/?v=10&encoding=json",
                             {url_scheme::wss, "gateway.discord.gg", 443, "/?v=10&encoding=json"},
                             "gateway.discord.gg"},
                    accepted{"ws://host?x=/", {url_scheme::ws, "host", 80, "/?x=/"}, "host"},
                    accepted{"http://[::1]:81/x", {url_scheme::http, "::1", 81, "/x"}, "[::1]:81"},
                    accepted{"http://[2001:db8::1]",
                             {url_scheme::http, "2001:db8::1", 80, "/"},
                             "[2001:db8::1]"},
                    accepted{"http+unix:///run/bot.sock:/events",
                             {url_scheme::http_unix, "/run/bot.sock", 0, "/events"},
                             "localhost"},
                    accepted{"jetstream:discord.events",
                             {url_scheme::jetstream, "", 0, "discord.events"},
                             ""}));

class bad_url : public testing::TestWithParam<std::string_view> {};

TEST_P(bad_url, is_refused) {
  EXPECT_FALSE(parse_url(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    urls, bad_url,
    testing::Values("", "host", "ftp://host", "http:/host", "http://", "http:///path",
                    "http://host:", "http://host:0", "http://host:65536", "http://host:8o",
                    "http://host:-1", "http://host: 80", "http://user@host", "http://u:p@host/",
                    "http://host/#part", "http://ho st/", "http://host/a b", "http://host/\n",
                    "http://host/\x7f", "http://[::1", "http://[::1]x", "http://[]",
                    "http+unix://run/bot.sock:/x", "http+unix:///",
                    "http+unix:///run/bot.sock:events", "http+unix:///run/bot.sock", "http+unix://",
                    "jetstream:", "jetstream:.", "jetstream:a..b", "jetstream:a.*", "jetstream:a.>",
                    "jetstream:a b", "jetstream://a"));

TEST(url, the_text_for_logs_tells_queries_apart_without_showing_them) {
  const auto text = [](std::string_view of) { return parse_url(of)->to_string(); };
  EXPECT_EQ(text("https://host:8443/a"), "https://host:8443/a");
  EXPECT_EQ(text("https://host/a?token=secret").substr(0, 16), "https://host/a?[");
  EXPECT_EQ(text("https://host/a?token=secret").find("secret"), std::string::npos);
  EXPECT_NE(text("https://host/a?bot=1"), text("https://host/a?bot=2"));
  EXPECT_EQ(text("https://host/a?bot=1"), text("https://host/a?bot=1"));
  EXPECT_EQ(text("http+unix:///run/bot.sock:/e?x=1").size(),
            sizeof "http+unix:///run/bot.sock:/e?[123456]" - 1);
}

TEST(url, the_full_text_is_what_was_read) {
  for (const auto* each : {"https://host:8443/a?token=secret", "http://[::1]/",
                           "http+unix:///run/bot.sock:/e?x=1", "jetstream:discord.events"}) {
    EXPECT_EQ(parse_url(each)->full(), each);
  }
}

TEST(url, a_refusal_says_why_and_quotes_nothing) {
  const auto refused = parse_url("https://secret@host");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().problem,
            "must not contain a user name or password; use the authorization key");
  EXPECT_EQ(parse_url("ftp://host").error().problem, "has an unknown scheme");
}

TEST(url, the_value_of_a_refused_one_is_a_bug) {
  EXPECT_THROW(parse_url("http://h h").value(), std::invalid_argument);
}

TEST(url, tls_goes_by_the_scheme) {
  EXPECT_TRUE(parse_url("https://h")->is_tls());
  EXPECT_TRUE(parse_url("wss://h")->is_tls());
  EXPECT_FALSE(parse_url("http://h")->is_tls());
  EXPECT_FALSE(parse_url("ws://h")->is_tls());
  EXPECT_FALSE(parse_url("http+unix:///s:/")->is_tls());
}

}  // namespace
}  // namespace gatehouse::address
