#include "ws_frames.hpp"

#include <gatehouse/net/ws_frame.hpp>

#include <gmock/gmock.h>

namespace gatehouse::net {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

// ---- the examples of RFC 6455 section 5.7 ----

TEST(ws_frame_rfc_example, single_unmasked_text) {
  const auto result = decode(ws_role::client, bytes_of({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  EXPECT_THAT(result.received, ElementsAre(Pair(ws_opcode::text, "Hello")));
}

TEST(ws_frame_rfc_example, single_masked_text) {
  const auto wire = bytes_of({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
  EXPECT_THAT(decode(ws_role::server, wire).received, ElementsAre(Pair(ws_opcode::text, "Hello")));
  std::string encoded;
  append_ws_frame(encoded, ws_opcode::text, "Hello", test_mask);
  EXPECT_EQ(encoded, wire);
}

TEST(ws_frame_rfc_example, fragmented_unmasked_text) {
  const auto wire = bytes_of({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f});
  EXPECT_THAT(decode(ws_role::client, wire).received, ElementsAre(Pair(ws_opcode::text, "Hello")));
}

TEST(ws_frame_rfc_example, unmasked_ping_and_masked_pong) {
  const auto ping = bytes_of({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f});
  const auto pong = bytes_of({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
  EXPECT_THAT(decode(ws_role::client, ping).received, ElementsAre(Pair(ws_opcode::ping, "Hello")));
  EXPECT_THAT(decode(ws_role::server, pong).received, ElementsAre(Pair(ws_opcode::pong, "Hello")));
}

TEST(ws_frame_rfc_example, binary_of_256_bytes_and_of_64_kib) {
  const auto small = encode_ws_header(ws_opcode::binary, 256, std::nullopt);
  EXPECT_EQ(small.view(), bytes_of({0x82, 0x7E, 0x01, 0x00}));
  const auto large = encode_ws_header(ws_opcode::binary, 65'536, std::nullopt);
  EXPECT_EQ(large.view(), bytes_of({0x82, 0x7F, 0, 0, 0, 0, 0, 0x01, 0, 0}));
}

// ---- both roles, however the bytes arrive ----

class ws_role_test : public testing::TestWithParam<ws_role> {
 protected:
  static std::string frame(int first_byte, std::string_view payload) {
    return raw_frame(first_byte, payload, GetParam());
  }
};

INSTANTIATE_TEST_SUITE_P(roles, ws_role_test, testing::Values(ws_role::client, ws_role::server),
                         [](const auto& role) {
                           return role.param == ws_role::client ? "client" : "server";
                         });

/// Fragments with control frames between them, then whole messages of several sizes.
TEST_P(ws_role_test, every_split_position_gives_the_same_messages) {
  const std::string medium(200, 'm');
  const std::string wire = frame(0x01, "Hel") + frame(0x89, "are you there") + frame(0x00, "") +
                           frame(0x8A, "") + frame(0x80, "lo") + frame(0x82, medium) +
                           frame(0x81, "") + frame(0x88, encode_ws_close(4000, "bye"));
  const messages expected{{ws_opcode::ping, "are you there"},
                          {ws_opcode::pong, ""},
                          {ws_opcode::text, "Hello"},
                          {ws_opcode::binary, medium},
                          {ws_opcode::text, ""},
                          {ws_opcode::close, encode_ws_close(4000, "bye")}};
  for (std::size_t split = 0; split <= wire.size(); ++split) {
    ws_decoder decoder{GetParam(), test_message_limit};
    decoded result;
    decode_chunk(decoder, wire.substr(0, split), result.received, result.padding_sum);
    decode_chunk(decoder, wire.substr(split), result.received, result.padding_sum);
    ASSERT_EQ(decoder.error(), ws_error::none) << "split at " << split;
    ASSERT_EQ(result.received, expected) << "split at " << split;
  }
  for (std::size_t chunk = 1; chunk <= 17; ++chunk) {
    ASSERT_EQ(decode(GetParam(), wire, chunk).received, expected) << "chunks of " << chunk;
  }
}

class ws_length_test : public testing::TestWithParam<std::size_t> {};

TEST_P(ws_length_test, borders_of_the_length_forms_survive_a_round_trip) {
  std::string payload(GetParam(), '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 7);
  for (const auto role : {ws_role::client, ws_role::server}) {
    const auto wire = raw_frame(0x82, payload, role);
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{1'000}, std::size_t{4'096}}) {
      const auto result = decode(role, wire, chunk);
      ASSERT_EQ(result.error, ws_error::none);
      ASSERT_THAT(result.received, SizeIs(1));
      ASSERT_EQ(result.received[0].second, payload);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(lengths, ws_length_test,
                         testing::Values(0, 1, 124, 125, 126, 127, 128, 65'534, 65'535, 65'536,
                                         65'537, 200'000));

TEST(ws_frame, header_sizes_follow_length_and_mask) {
  EXPECT_EQ(encode_ws_header(ws_opcode::text, 125, std::nullopt).size, 2U);
  EXPECT_EQ(encode_ws_header(ws_opcode::text, 126, std::nullopt).size, 4U);
  EXPECT_EQ(encode_ws_header(ws_opcode::text, 65'535, std::nullopt).size, 4U);
  EXPECT_EQ(encode_ws_header(ws_opcode::text, 65'536, std::nullopt).size, 10U);
  EXPECT_EQ(encode_ws_header(ws_opcode::text, 65'536, test_mask).size, 14U);
}

TEST(ws_frame, a_decoder_goes_on_after_large_messages) {
  const std::string large(300'000, 'l');
  std::string wire;
  for (int i = 0; i < 3; ++i) {
    wire += raw_frame(0x01, large, ws_role::client);
    wire += raw_frame(0x80, "tail", ws_role::client);
    wire += raw_frame(0x81, "small", ws_role::client);
  }
  const auto result = decode(ws_role::client, wire, 10'000);
  ASSERT_THAT(result.received, SizeIs(6));
  EXPECT_EQ(result.received[4].second, large + "tail");
  EXPECT_EQ(result.received[5].second, "small");
}

TEST(ws_frame, a_message_of_exactly_the_limit_is_taken) {
  const std::string wire = raw_frame(0x01, "12345", ws_role::client) +
                           raw_frame(0x80, "67890", ws_role::client) +
                           raw_frame(0x82, "1234567890", ws_role::client);
  const auto result = decode(ws_role::client, wire, 3, 10);
  EXPECT_EQ(result.error, ws_error::none);
  EXPECT_THAT(result.received, ElementsAre(Pair(ws_opcode::text, "1234567890"),
                                           Pair(ws_opcode::binary, "1234567890")));
}

TEST(ws_close, code_and_reason) {
  EXPECT_EQ(encode_ws_close(1000, "x"), bytes_of({0x03, 0xE8, 'x'}));
  EXPECT_EQ(ws_close_code(encode_ws_close(4014, "")), 4014);
  EXPECT_EQ(ws_close_code(""), std::nullopt);
  EXPECT_EQ(encode_ws_close(1000, std::string(500, 'r')).size(), 125U);
}

}  // namespace
}  // namespace gatehouse::net
