#include "event_maker.hpp"

#include <gatehouse/delivery/stream_message.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatehouse::delivery::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t a_moment = 1'700'000'000'123;

nats::message message_for(event_maker& maker, const event_maker::traits& wanted,
                          std::uint8_t deferred = 0) {
  const auto event = maker.make(wanted);
  event->attempts = 2;
  event->deferred = deferred;
  return message_of(*event, wanted.name, "discord.events", a_moment);
}

TEST(stream_message, has_what_a_request_has) {
  event_maker maker;
  const auto made =
      message_for(maker, {.shard_id = 3, .guild_id = 7, .name = "INTERACTION_CREATE"}, 5);
  EXPECT_EQ(made.subject, "discord.events.3.INTERACTION_CREATE");
  EXPECT_EQ(made.payload, R"({"shardId":3,"message":{"n":1}})");
  const std::vector<nats::header> expected{{"Gatehouse-Event-Id", "session3:1"},
                                           {"Nats-Msg-Id", "session3:1"},
                                           {"Gatehouse-Guild-Id", "7"},
                                           {"Gatehouse-Total-Shards", "4"},
                                           {"Gatehouse-Attempt", "2"},
                                           {"Gatehouse-Deferred", "5"},
                                           {"Gatehouse-Received", std::to_string(a_moment)}};
  EXPECT_EQ(made.headers, expected);
}

TEST(stream_message, says_nothing_where_nothing_is_known) {
  event_maker maker;
  maker.sessions[0] = new events::session_log{0, "old", 0};
  const auto made = message_for(maker, {});
  std::vector<std::string> names;
  for (const auto& each : made.headers) names.push_back(each.name);
  EXPECT_THAT(names, Not(Contains("Gatehouse-Guild-Id")));
  EXPECT_THAT(names, Not(Contains("Gatehouse-Total-Shards")));
  EXPECT_THAT(names, Not(Contains("Gatehouse-Deferred")));
}

/// A wildcard or a blank would make another subject of it, or end the connection.
TEST(stream_message, an_events_name_is_one_short_token) {
  event_maker maker;
  EXPECT_EQ(message_for(maker, {.name = "A.B *>\r\nPUB x"}).subject,
            "discord.events.0.A_B_____PUB_x");
  EXPECT_EQ(message_for(maker, {.name = ""}).subject, "discord.events.0._");
  const std::string endless(100'000, 'A');
  EXPECT_LT(message_for(maker, {.name = endless}).subject.size(), 200U);
}

conclusion judged(nats::errc what, int status = 0) {
  return judge(nats::failure{what, "text", status});
}

TEST(stream_verdict, a_stream_that_cannot_take_it_now_is_down) {
  using nats::errc;
  for (const auto what : {errc::no_responders, errc::timed_out, errc::full, errc::not_connected}) {
    const auto got = judged(what, 503);
    EXPECT_EQ(got.judged, (verdict{decision::retry, true, {}})) << to_string(what);
    EXPECT_THAT(got.text, HasSubstr(std::string{to_string(what)}));
  }
  EXPECT_EQ(judged(errc::refused, 500).judged.what, decision::retry);
  EXPECT_EQ(judged(errc::refused, 0).judged.what, decision::retry);
}

TEST(stream_verdict, an_event_that_is_never_taken_is_refused) {
  EXPECT_EQ(judged(nats::errc::refused, 400).judged.what, decision::refused);
  EXPECT_FALSE(judged(nats::errc::refused, 400).is_oversized);
  const auto large = judged(nats::errc::too_large);
  EXPECT_EQ(large.judged.what, decision::refused);
  EXPECT_TRUE(large.is_oversized);
}

/// The server may say so for two minutes after a leader was lost.
TEST(stream_verdict, an_event_that_is_being_stored_waits_alone) {
  EXPECT_EQ(judged(nats::errc::in_progress, 409).judged, (verdict{decision::retry, false, {}}));
}

}  // namespace
}  // namespace gatehouse::delivery::testing
