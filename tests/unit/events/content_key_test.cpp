#include "received_dispatch.hpp"

#include <gatehouse/events/content_key.hpp>

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace gatehouse::events {
namespace {

using test::received_dispatch;

class content_key_test : public testing::Test {
 protected:
  content_key key(std::string_view type, std::string_view d, std::int64_t seq = 1) {
    return content_key_of(received_dispatch{type, seq, d}.view());
  }
  content_key key_of_payload(std::string_view payload) {
    return content_key_of(received_dispatch{payload}.view());
  }
};

constexpr std::string_view typing = R"({"guild_id":"7","user_id":"5","timestamp":9})";

TEST_F(content_key_test, two_sessions_agree_about_an_event) {
  EXPECT_EQ(key("TYPING_START", typing, 12), key("TYPING_START", typing, 90'001));
  const std::string d{typing};
  EXPECT_EQ(key("TYPING_START", typing),
            key_of_payload(R"({"op":0,"d":)" + d + R"(,"s":3,"t":"TYPING_START"})"))
      << "the order of the envelope's keys does not count";
  EXPECT_EQ(key("TYPING_START", typing),
            key_of_payload(R"({"op":0,"unknown":[1],"t":"TYPING_START","s":4,"d":)" + d + '}'));
}

TEST_F(content_key_test, other_events_have_other_keys) {
  const std::array all{
      key("TYPING_START", typing),
      key("PRESENCE_UPDATE", typing),
      key("TYPING_START", R"({"guild_id":"8","user_id":"5","timestamp":9})"),
      key("TYPING_START", R"({"guild_id":"7","user_id":"5","timestamp":10})"),
      key("TYPING_START", R"({"user_id":"5","timestamp":9})"),
      key("TYPING_START", "{}"),
      key("TYPING_START", "null"),
      key("TYPING_START", "[]"),
      key("MESSAGE_CREATE", R"({"guild_id":"7","id":"5"})"),
      key("MESSAGE_CREATE", R"({"guild_id":"7","id":"6"})"),
      key("MESSAGE_CREATE", R"({"guild_id":"8","id":"5"})"),
      key("INTERACTION_CREATE", R"({"guild_id":"7","id":"5"})"),
      key("THREAD_CREATE", R"({"guild_id":"7","id":"5"})"),
      key("GUILD_CREATE", R"({"id":"7"})"),
      key("GUILD_CREATE", R"({"id":"8"})"),
      key("GUILD_CREATE", R"({"id":"7","unavailable":true})"),
      key("GUILD_DELETE", R"({"id":"7"})"),
      key("GUILD_DELETE", R"({"id":"7","unavailable":true})"),
  };
  EXPECT_EQ(std::set<content_key>(all.begin(), all.end()).size(), all.size());
}

TEST_F(content_key_test, the_id_counts_where_discord_names_the_occurrence) {
  for (const auto type : {"MESSAGE_CREATE", "INTERACTION_CREATE", "THREAD_CREATE"}) {
    EXPECT_EQ(key(type, R"({"id":"55","guild_id":"7","token":"a"})"),
              key(type, R"({"guild_id":"7","token":"b","author":{"id":"1"},"id":"55"})"))
        << type;
  }
}

TEST_F(content_key_test, the_text_counts_where_the_id_is_that_of_a_thing_that_changes) {
  for (const auto type : {"MESSAGE_UPDATE", "THREAD_UPDATE", "CHANNEL_CREATE", "GUILD_UPDATE"}) {
    EXPECT_NE(key(type, R"({"id":"55","guild_id":"7","name":"a"})"),
              key(type, R"({"id":"55","guild_id":"7","name":"b"})"))
        << type;
  }
}

/// Two sessions are encoded by two processes.
TEST_F(content_key_test, how_it_is_written_does_not_count) {
  const auto first =
      key("MESSAGE_UPDATE", R"({"id":"55","guild_id":"7","n":{"a":1,"b":[1,2.5,-3]},)"
                            R"("x":null,"y":true,"s":"caf\u00e9 \/ \ud83d\ude00"})");
  EXPECT_EQ(first, key("MESSAGE_UPDATE", R"({"y": true, "s":"café / 😀","x":null,)"
                                         R"( "n": {"b":[1.0, 25e-1, -3.0],"a":1e0},)"
                                         R"("guild_id":"7","id":"55"})"));
  for (
      const auto* const other :
      {R"({"id":"55","guild_id":"7","n":{"a":1,"b":[2.5,1,-3]},"x":null,"y":true,"s":"café / 😀"})",
       R"({"id":"55","guild_id":"7","n":{"b":1,"a":[1,2.5,-3]},"x":null,"y":true,"s":"café / 😀"})",
       R"({"id":"55","guild_id":"7","n":{"a":1,"b":[1,2.5,-3]},"y":null,"x":true,"s":"café / 😀"})",
       R"({"id":"55","guild_id":"7","n":{"a":1,"b":[1,2.5,-3]},"x":null,"y":true,"s":"cafe / 😀"})",
       R"({"id":"55","guild_id":"7","n":{"a":1,"b":[1,2.5,-3]},"x":"null","y":true,"s":"café / 😀"})",
       R"({"id":"55","guild_id":"7","n":[["a",1]],"x":null,"y":true,"s":"café / 😀"})"}) {
    EXPECT_NE(first, key("MESSAGE_UPDATE", other)) << other;
  }
}

TEST_F(content_key_test, what_discord_signs_anew_does_not_count) {
  const auto with = [&](const std::string& url) {
    return key("MESSAGE_UPDATE",
               R"({"id":"55","guild_id":"7","attachments":[{"url":")" + url + R"("}]})");
  };
  const auto plain = with("https://cdn.discordapp.com/attachments/1/2/a.png");
  EXPECT_EQ(plain, with("https://cdn.discordapp.com/attachments/1/2/a.png?ex=65a&is=64b&hm=0f&"));
  EXPECT_EQ(plain, with("https://cdn.discordapp.com/attachments/1/2/a.png?hm=1&ex=2&is=3"));
  EXPECT_NE(plain, with("https://cdn.discordapp.com/attachments/1/2/b.png?ex=65a&is=64b&hm=0f"));
  EXPECT_NE(plain, with("https://cdn.discordapp.com/attachments/1/2/a.png?ex=65a&width=5"));
  EXPECT_EQ(with("https://media.discordapp.net/a?width=5&ex=1"),
            with("https://media.discordapp.net/a?ex=2&width=5"));
  EXPECT_NE(with("https://example.com/a?ex=1"), with("https://example.com/a?ex=2"));
}

TEST_F(content_key_test, large_numbers_are_told_apart) {
  std::set<content_key> keys;
  const std::array numbers{"9007199254740993",
                           "9007199254740992",
                           "-9007199254740993",
                           "18446744073709551615",
                           "99999999999999999999999",
                           "1e300",
                           "0.1"};
  for (const std::string number : numbers) keys.insert(key("X", "{\"n\":" + number + "}"));
  EXPECT_EQ(keys.size(), numbers.size());
}

TEST_F(content_key_test, a_guild_that_comes_or_goes_is_known_by_its_id_and_availability) {
  EXPECT_EQ(key("GUILD_CREATE", R"({"id":"7","member_count":10,"unavailable":false})"),
            key("GUILD_CREATE", R"({"member_count":11,"id":"7"})"));
  EXPECT_EQ(key("GUILD_DELETE", R"({"id":"7","unavailable":true})"),
            key("GUILD_DELETE", R"({"unavailable":true,"id":"7"})"));
}

TEST_F(content_key_test, without_an_id_the_text_counts) {
  EXPECT_NE(key("MESSAGE_CREATE", R"({"content":"a"})"),
            key("MESSAGE_CREATE", R"({"content":"b"})"));
  EXPECT_NE(key("MESSAGE_CREATE", R"({"id":5})"), key("MESSAGE_CREATE", R"({"id":6})"));
  EXPECT_NE(key("MESSAGE_CREATE", R"({"id":""})"), key("MESSAGE_CREATE", R"({"id":"x"})"));
  EXPECT_EQ(key("MESSAGE_CREATE", R"({"content":"a"})"),
            key("MESSAGE_CREATE", R"({"content":"a"})"));
  EXPECT_NE(key("GUILD_CREATE", R"({"name":"a"})"), key("GUILD_CREATE", R"({"name":"b"})"));
}

/// As far as a parser lets them pass.
TEST_F(content_key_test, odd_payloads_have_a_key_all_the_same) {
  for (const auto* const d :
       {"5", "null", "[]", R"({"id":{}})", R"({"id":"99999999999999999999999"})",
        R"({"unavailable":"yes"})", R"({"id":[1,{"id":"5"}]})"}) {
    for (const auto* const type :
         {"MESSAGE_CREATE", "GUILD_CREATE", "GUILD_DELETE", "TYPING_START"}) {
      EXPECT_EQ(key(type, d), key(type, d, 2)) << type << d;
    }
  }
}

}  // namespace
}  // namespace gatehouse::events
