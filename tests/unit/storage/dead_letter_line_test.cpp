#include <gatehouse/storage/dead_letters.hpp>

#include <gtest/gtest.h>

namespace gatehouse::storage {
namespace {

dead_letter make_letter() {
  return {.unix_ms = 1'785'326'400'123,
          .url = "http://127.0.0.1:3000/",
          .status = 400,
          .reason = "400 Bad Request",
          .event_id = "abc:12",
          .shard_id = 3,
          .type = "MESSAGE_CREATE",
          .attempts = 2,
          .deferred = 5,
          .payload = R"({"op":0,"d":{"x":1.50}})",
          .request_bytes = 812,
          .answer = "{\"detail\":\"no\"}"};
}

TEST(dead_letter_line, has_one_form) {
  EXPECT_EQ(to_line(make_letter()),
            R"({"time":"2026-07-29T12:00:00.123Z","url":"http://127.0.0.1:3000/","status":400,)"
            R"("reason":"400 Bad Request","eventId":"abc:12","shardId":3,)"
            R"("event":"MESSAGE_CREATE","attempts":2,"deferred":5,"requestBytes":812,)"
            R"("answer":"{\"detail\":\"no\"}","message":{"op":0,"d":{"x":1.50}}})");
}

TEST(dead_letter_line, is_read_back_with_the_very_payload) {
  EXPECT_EQ(from_line(to_line(make_letter())), make_letter());
}

TEST(dead_letter_line, of_earlier_versions_are_read) {
  const auto old =
      from_line(R"({"time":"2026-07-29T12:00:00.123Z","url":"http://127.0.0.1:3000/","status":400,)"
                R"("reason":"400 Bad Request","eventId":"abc:12","shardId":3,)"
                R"("event":"MESSAGE_CREATE","attempts":2,"deferred":5,)"
                R"("message":{"op":0,"d":{"x":1.50}}})");
  auto expected = make_letter();
  expected.request_bytes = 0;
  expected.answer.clear();
  EXPECT_EQ(old, expected);
}

TEST(dead_letter_line, holds_no_more_of_an_answer_than_its_beginning) {
  auto letter = make_letter();
  letter.answer = std::string(10'000, 'a');
  EXPECT_EQ(from_line(to_line(letter)).value().answer, std::string(512, 'a'));
}

TEST(dead_letter_line, awkward_texts_survive) {
  dead_letter letter = make_letter();
  letter.reason = "a \"quoted\" \\ text\nwith\tcontrols \x01\x7F and \xE2\x80\xA8 \xF0\x9F\x98\x80";
  letter.url = std::string{"http://h/\0x", 11};
  letter.event_id = "";
  letter.type = "\xC3\xA9";
  letter.payload = R"({ "message" : "}\"{\u0000", "time":[1,{}] , "d": -1.0e5 })";
  const std::string line = to_line(letter);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(from_line(line), letter);
}

TEST(dead_letter_line, line_breaks_between_tokens_become_spaces) {
  dead_letter letter = make_letter();
  letter.payload = "{\r\n\"op\":\n0}";
  const std::string line = to_line(letter);
  EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  EXPECT_EQ(from_line(line).value().payload, "{  \"op\": 0}");
}

TEST(dead_letter_line, a_payload_that_is_no_json_object_is_kept_as_a_text) {
  for (const char* payload : {"", "{", "{} {}", "[1]", "null", "\"text\"", "{\"a\":\n"}) {
    dead_letter letter = make_letter();
    letter.payload = payload;
    const std::string line = to_line(letter);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(from_line(line), letter) << payload;
  }
}

TEST(dead_letter_line, what_is_none_is_not_read) {
  const std::string line = to_line(make_letter());
  for (std::size_t length = 0; length < line.size(); ++length) {
    EXPECT_EQ(from_line(line.substr(0, length)), std::nullopt) << length;
  }
  EXPECT_EQ(from_line(line + "x"), std::nullopt);
  EXPECT_EQ(from_line("[]"), std::nullopt);
  EXPECT_EQ(from_line("{}"), std::nullopt);
}

TEST(dead_letter_line, values_of_the_wrong_kind_are_not_read) {
  const auto with = [](std::string_view from, std::string_view to) {
    std::string line = to_line(make_letter());
    const std::size_t at = line.find(from);
    EXPECT_NE(at, std::string::npos);
    return from_line(line.replace(at, from.size(), to));
  };
  EXPECT_EQ(with("2026-07-29T12", "yesterday"), std::nullopt);
  EXPECT_EQ(with(":400", ":\"400\""), std::nullopt);
  EXPECT_EQ(with("\"shardId\":3", "\"shardId\":3000000000"), std::nullopt);
  EXPECT_EQ(with("\"attempts\":2", "\"attempts\":-1"), std::nullopt);
  EXPECT_EQ(with("\"abc:12\"", "null"), std::nullopt);
  EXPECT_EQ(with("{\"op\":0,\"d\":{\"x\":1.50}}", "7"), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::storage
