#include "handler_request.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

std::vector<delivered_event> read(delivery_reader& reader, std::string_view body, bool& valid) {
  http_request request;
  request.body = body;
  request.headers[0] = {"X-Gatehouse-Event-Id", "abc:7"};
  request.headers[1] = {"X-Gatehouse-Attempt", "2"};
  request.header_count = 2;
  std::vector<delivered_event> events;
  valid = reader.read(request, events);
  return events;
}

constexpr std::string_view message = R"({"t":"X","s":7,"op":0,"d":{"a":"}{\"","b":[1,{}]}})";

TEST(delivery_reader, takes_a_single_event_under_any_envelope_name) {
  delivery_reader reader;
  for (const auto* const name : {"message", "payload", "data"}) {
    const auto body =
        std::string(R"({"shardId":13,")") + name + R"(":)" + std::string(message) + "}";
    bool valid = false;
    const auto events = read(reader, body, valid);
    ASSERT_TRUE(valid);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].shard_id, 13U);
    EXPECT_EQ(events[0].message, message);
    EXPECT_EQ(events[0].event_id, "abc:7");
    EXPECT_EQ(events[0].attempt, 2U);
  }
}

TEST(delivery_reader, takes_batches_with_their_own_identities) {
  delivery_reader reader;
  const auto element = [](int seq) {
    return R"({"shardId":1,"eventId":"s:)" + std::to_string(seq) + R"(","attempt":3,"message":)" +
           std::string(message) + "}";
  };
  bool valid = false;
  const auto events = read(reader, "[" + element(1) + "," + element(2) + "]", valid);
  ASSERT_TRUE(valid);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].event_id, "s:1");
  EXPECT_EQ(events[1].event_id, "s:2");
  EXPECT_EQ(events[1].attempt, 3U);
  EXPECT_EQ(events[0].message, message);
  EXPECT_EQ(events[1].message, message);
}

TEST(delivery_reader, takes_keys_in_any_order) {
  delivery_reader reader;
  bool valid = false;
  const auto events = read(reader, R"({"message":{"t":"X"}, "shardId":4})", valid);
  ASSERT_TRUE(valid);
  EXPECT_EQ(events[0].shard_id, 4U);
  EXPECT_EQ(events[0].message, R"({"t":"X"})");
}

TEST(delivery_reader, refuses_other_bodies) {
  delivery_reader reader;
  for (const auto* const body :
       {"", "7", "{}", R"({"shardId":1})", R"([{"shardId":1}])", "[1]",
        R"({"shardId":1,"message":"text"})", R"({"shardId":1,"message":{)"}) {
    bool valid = true;
    read(reader, body, valid);
    EXPECT_FALSE(valid) << body;
  }
}

TEST(event_type, is_found_or_empty) {
  EXPECT_EQ(event_type_of(message), "X");
  EXPECT_EQ(event_type_of(R"({"op":0,"t":"LATE"})"), "LATE");
  EXPECT_EQ(event_type_of("{}"), "");
}

}  // namespace
}  // namespace gatehouse::sim
