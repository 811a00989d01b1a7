#include "event_maker.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/delivery/request_encoder.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>

namespace gatehouse::delivery {
namespace {

struct encoder_fixture : ::testing::Test {
  std::string encode(const request_encoder::options& options, int events = 1,
                     const char* url = "http://bot.example:8000/events?x=1") {
    request_encoder encoder{*net::parse_url(url), options};
    for (int i = 0; i < events; ++i) scheduler.push(maker.make({.shard_id = 3, .guild_id = 7}));
    request* taken = scheduler.take(0, 10);
    for (auto& event : taken->events) {
      event.attempts = 2;
      event.deferred = deferred;
    }
    std::string text;
    for (const auto piece : encoder.encode(*taken, 1'700'000'000)) text += piece;
    return text;
  }

  std::uint8_t deferred = 0;
  testing::event_maker maker;
  lane_scheduler scheduler{config::ordering::guild, 1, 1};
  request_encoder::options plain{.user_agent = "gatehouse/0.1.0",
                                 .authorization = {},
                                 .signing_secret = {},
                                 .envelope = "message",
                                 .is_batched = false};
};

TEST_F(encoder_fixture, writes_one_event) {
  plain.authorization = config::secret{"Bearer x"};
  EXPECT_EQ(encode(plain),
            "POST /events?x=1 HTTP/1.1\r\n"
            "Host: bot.example:8000\r\n"
            "User-Agent: gatehouse/0.1.0\r\n"
            "Content-Type: application/json\r\n"
            "Authorization: Bearer x\r\n"
            "Content-Length: 31\r\n"
            "X-Gatehouse-Event-Id: session3:1\r\n"
            "X-Gatehouse-Attempt: 2\r\n"
            "\r\n"
            R"({"shardId":3,"message":{"n":1}})");
}

TEST_F(encoder_fixture, names_a_host_for_a_unix_socket) {
  const auto text = encode(plain, 1, "http+unix:///run/bot.sock:/events");
  EXPECT_TRUE(text.starts_with("POST /events HTTP/1.1\r\nHost: localhost\r\n")) << text;
}

TEST_F(encoder_fixture, writes_a_batch) {
  plain.is_batched = true;
  plain.envelope = "payload";
  const auto text = encode(plain, 2);
  const auto body = text.substr(text.find("\r\n\r\n") + 4);
  EXPECT_EQ(body, R"([{"shardId":3,"eventId":"session3:1","attempt":2,"payload":{"n":1}},)"
                  R"({"shardId":3,"eventId":"session3:2","attempt":2,"payload":{"n":2}}])");
  EXPECT_NE(text.find("Content-Length: " + std::to_string(body.size()) + "\r\n"),
            std::string::npos);
  EXPECT_EQ(text.find("X-Gatehouse-Event-Id"), std::string::npos);
}

TEST_F(encoder_fixture, a_batch_of_one_is_an_array_too_and_is_named) {
  plain.is_batched = true;
  const auto text = encode(plain, 1);
  EXPECT_NE(text.find("\r\n\r\n[{\"shardId\":3,"), std::string::npos) << text;
  EXPECT_NE(text.find("X-Gatehouse-Event-Id: session3:1\r\n"), std::string::npos);
}

TEST_F(encoder_fixture, signs_time_and_body) {
  plain.signing_secret = config::secret{"key"};
  const auto text = encode(plain);
  // printf '1700000000.{"shardId":3,"message":{"n":1}}' | openssl dgst -sha256 -hmac key
  EXPECT_NE(
      text.find(
          "\r\nX-Gatehouse-Signature: "
          "t=1700000000,v1=d270b3e8381490403238f19b13e52cc192a1cc65507185781a57edb43ec3993b\r\n"),
      std::string::npos)
      << text;
}

TEST_F(encoder_fixture, a_signature_does_not_depend_on_the_pieces) {
  request_signer signer{config::secret{"key"}};
  const std::string_view whole[] = {"abcdef"};
  const std::string_view pieces[] = {"ab", "", "cdef"};
  std::string first;
  std::string second;
  signer.append_signature(first, 1, whole);
  signer.append_signature(second, 1, pieces);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first.size(), std::string_view{"t=1,v1="}.size() + 64);
}

TEST_F(encoder_fixture, refuses_text_that_would_break_the_header) {
  plain.authorization = config::secret{"hidden\r\nX: 1"};
  try {
    encode(plain);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string_view{error.what()}.find("hidden"), std::string_view::npos);
  }
}

TEST_F(encoder_fixture, marks_a_deferred_interaction) {
  deferred = 5;
  EXPECT_NE(encode(plain).find("\r\nX-Gatehouse-Attempt: 2\r\nX-Gatehouse-Deferred: 5\r\n"),
            std::string::npos);
}

TEST_F(encoder_fixture, marks_nothing_else_as_deferred) {
  EXPECT_EQ(encode(plain).find("X-Gatehouse-Deferred"), std::string::npos);
}

TEST_F(encoder_fixture, marks_a_deferred_element_of_a_batch) {
  plain.is_batched = true;
  deferred = 6;
  const auto text = encode(plain, 2);
  EXPECT_NE(text.find(R"("eventId":"session3:1","attempt":2,"deferred":6,"message":{"n":1}})"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("X-Gatehouse-Deferred"), std::string::npos);
}

TEST_F(encoder_fixture, a_gap_has_no_number) {
  auto gap = maker.make({.shard_id = 3});
  gap->seq = 0;
  EXPECT_EQ(event_id(*gap), "session3:gap");
}

TEST_F(encoder_fixture, a_strange_session_id_breaks_neither_header_nor_json) {
  auto event = maker.make({});
  event->session = new events::session_log{0, "a\"\r\nb", 0};
  EXPECT_EQ(event_id(*event), "a___b:1");
}

}  // namespace
}  // namespace gatehouse::delivery
