#include "ws_frames.hpp"

#include <gatehouse/net/ws_frame.hpp>

#include <gmock/gmock.h>

#include <ostream>
#include <set>

namespace gatehouse::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct violation {
  const char* name;
  ws_role role;
  std::string wire;
  ws_error expected;
};

std::ostream& operator<<(std::ostream& out, const violation& of) {
  return out << of.name;
}

std::string client_frame(int first_byte, std::string_view payload) {
  return raw_frame(first_byte, payload, ws_role::client);
}

constexpr std::size_t small_limit = 1'000;

class ws_violation : public testing::TestWithParam<violation> {};

TEST_P(ws_violation, is_named_wherever_the_bytes_are_split) {
  const auto& [name, role, wire, expected] = GetParam();
  for (std::size_t chunk = 0; chunk <= 8; ++chunk) {
    const auto result = decode(role, wire, chunk, small_limit);
    EXPECT_EQ(result.error, expected) << "chunks of " << chunk << ": " << to_string(result.error);
    EXPECT_THAT(result.received, IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    frames, ws_violation,
    testing::Values(
        violation{"rsv1", ws_role::client, client_frame(0xC1, "x"), ws_error::reserved_bits},
        violation{"rsv2", ws_role::client, client_frame(0xA1, "x"), ws_error::reserved_bits},
        violation{"rsv3", ws_role::client, client_frame(0x91, "x"), ws_error::reserved_bits},
        violation{"data_opcode", ws_role::client, client_frame(0x83, "x"),
                  ws_error::unknown_opcode},
        violation{"control_opcode", ws_role::client, client_frame(0x8B, ""),
                  ws_error::unknown_opcode},
        violation{"fragmented_ping", ws_role::client, client_frame(0x09, "x"),
                  ws_error::bad_control_frame},
        violation{"long_ping", ws_role::client, client_frame(0x89, std::string(126, 'x')),
                  ws_error::bad_control_frame},
        violation{"masked_by_server", ws_role::client, raw_frame(0x81, "x", ws_role::server),
                  ws_error::bad_mask},
        violation{"unmasked_by_client", ws_role::server, client_frame(0x81, "x"),
                  ws_error::bad_mask},
        violation{"continuation_of_nothing", ws_role::client, client_frame(0x80, "x"),
                  ws_error::bad_fragment},
        violation{"message_inside_message", ws_role::client,
                  client_frame(0x01, "x") + client_frame(0x81, "y"), ws_error::bad_fragment},
        violation{"long_form_of_125", ws_role::client, bytes_of({0x81, 126, 0, 125}),
                  ws_error::bad_length},
        violation{"longest_form_of_65535", ws_role::client,
                  bytes_of({0x81, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}), ws_error::bad_length},
        violation{"top_bit", ws_role::client, bytes_of({0x81, 127, 0x80, 0, 0, 0, 0, 1, 0, 0}),
                  ws_error::bad_length},
        violation{"too_large_at_once", ws_role::client, client_frame(0x81, std::string(1'001, 'x')),
                  ws_error::too_large},
        violation{"too_large_by_its_word", ws_role::client,
                  bytes_of({0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}),
                  ws_error::too_large},
        violation{
            "too_large_together", ws_role::client,
            client_frame(0x01, std::string(600, 'x')) + client_frame(0x80, std::string(401, 'x')),
            ws_error::too_large},
        violation{"close_of_one_byte", ws_role::client, client_frame(0x88, "x"),
                  ws_error::bad_close}),
    [](const auto& row) { return row.param.name; });

TEST(ws_violation_aftermath, earlier_messages_arrive_and_later_ones_do_not) {
  const auto wire =
      client_frame(0x81, "good") + client_frame(0x83, "") + client_frame(0x81, "late");
  for (const std::size_t chunk : {0UL, 1UL, 5UL}) {
    const auto result = decode(ws_role::client, wire, chunk);
    EXPECT_THAT(result.received, ElementsAre(Pair(ws_opcode::text, "good")));
    EXPECT_EQ(result.error, ws_error::unknown_opcode);
  }
}

TEST(ws_close_frame, codes_that_must_not_travel_are_refused) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65'535}) {
    const auto wire = client_frame(0x88, encode_ws_close(static_cast<std::uint16_t>(code), ""));
    EXPECT_EQ(decode(ws_role::client, wire).error, ws_error::bad_close) << code;
  }
}

TEST(ws_close_frame, codes_that_may_travel_are_accepted) {
  for (const int code : {1000, 1001, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4014, 4999}) {
    const auto wire = client_frame(0x88, encode_ws_close(static_cast<std::uint16_t>(code), "r"));
    const auto result = decode(ws_role::client, wire);
    EXPECT_EQ(result.error, ws_error::none) << code;
    ASSERT_EQ(result.received.size(), 1U) << code;
    EXPECT_EQ(ws_close_code(result.received[0].second), code);
  }
}

TEST(ws_close_frame, may_be_empty) {
  EXPECT_THAT(decode(ws_role::client, client_frame(0x88, "")).received,
              ElementsAre(Pair(ws_opcode::close, "")));
}

TEST(ws_error_text, every_error_has_its_own) {
  std::set<std::string_view> texts;
  for (int i = 0; i <= static_cast<int>(ws_error::bad_close); ++i) {
    texts.insert(to_string(static_cast<ws_error>(i)));
  }
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(ws_error::bad_close) + 1);
}

}  // namespace
}  // namespace gatehouse::net
