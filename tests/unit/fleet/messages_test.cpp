#include <gatehouse/fleet/messages.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::fleet {
namespace {

heartbeat a_heartbeat() {
  heartbeat beat;
  beat.from = {"m1", 3};
  beat.process = "12-\"x";
  beat.state = member_state::draining;
  beat.term = 7;
  beat.plan_revision = 91;
  beat.is_settled = true;
  beat.weight = 2.5;
  beat.max_shards = 40;
  beat.fingerprint = "abc";
  return beat;
}

std::vector<message> one_of_each() {
  const granted_leave leave{4, {"m2", 1}, 9, 17};
  return {a_heartbeat(),      news{"own.16.3", 5},     leave_wanted{4, {"m2", 1}, 9, 17},
          leave_given{leave}, leave_over{leave, true}, shard_awaited{3, {"m1", 2}}};
}

TEST(messages, are_read_as_they_were_written) {
  for (const auto& each : one_of_each()) {
    const auto text = to_text(each);
    const auto read = read_message(text);
    ASSERT_TRUE(read.has_value()) << text << ": " << read.error();
    EXPECT_EQ(read->index(), each.index());
    EXPECT_EQ(to_text(*read), text);
  }
}

void expect_bad(const std::string& part, const std::string& instead, const std::string& what) {
  auto text = to_text(a_heartbeat());
  const auto at = text.find(part);
  ASSERT_NE(at, std::string::npos) << part << " in " << text;
  text.replace(at, part.size(), instead);
  const auto read = read_message(text);
  ASSERT_FALSE(read.has_value()) << text;
  EXPECT_NE(read.error().find(what), std::string::npos) << read.error();
}

TEST(messages, what_makes_no_sense_is_named) {
  expect_bad("\"schema\":1", "\"schema\":2", "schema 2");
  expect_bad("\"heartbeat\"", "\"hello\"", "kind");
  expect_bad("\"member\":\"m1\"", "\"member\":\"m.1\"", "member");
  expect_bad("\"incarnation\":3", "\"incarnation\":0", "incarnation");
  expect_bad("\"draining\"", "\"tired\"", "state");
  expect_bad("\"settled\":true", "\"settled\":1", "settled");
  expect_bad("\"weight\":2.5", "\"weight\":-2.5", "weight");
  expect_bad("\"term\":7", "\"term\":-7", "term");
}

TEST(messages, what_is_no_message_is_refused) {
  for (const char* text : {"", "null", "[]", "{", "{}", "\xff\xfe", "{\"schema\":1}"}) {
    EXPECT_FALSE(read_message(text).has_value()) << text;
  }
  EXPECT_FALSE(read_message(std::string(100'000, ' ')).has_value());
}

}  // namespace
}  // namespace gatehouse::fleet
