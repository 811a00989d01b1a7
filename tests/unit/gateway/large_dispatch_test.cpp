#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/text_cursor.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace gatehouse::gateway {
namespace {

/// Reads a text as it is, by the index, and with so much white space behind it that it counts as
/// large and the cursor reads it first. What both say must be the same.
class both_ways {
 public:
  void expect_same(const std::string& json) {
    const auto expected = read(small_, json, 0);
    const envelope by_index = found_;
    const auto place = place_of_data();
    const std::size_t size = found_.data.size();
    const std::string type{found_.type};
    ASSERT_EQ(read(large_, json, large_payload), expected) << json;
    if (expected != envelope_error::none) return;
    ++accepted;
    EXPECT_EQ(found_.op, by_index.op) << json;
    EXPECT_EQ(found_.seq, by_index.seq) << json;
    EXPECT_EQ(found_.type, type) << json;
    EXPECT_EQ(found_.guild_id, by_index.guild_id) << json;
    EXPECT_EQ(place_of_data(), place) << json;
    EXPECT_EQ(found_.data.size(), size) << json;
  }
  int accepted = 0;

 private:
  envelope_error read(envelope_parser& parser, const std::string& json, std::size_t spaces) {
    text_ = json + std::string(spaces, ' ');
    const std::size_t size = text_.size();
    text_.append(parse_padding, '}');  // must not complete what is cut off
    return parser.parse({text_.data(), size}, found_);
  }

  [[nodiscard]] std::ptrdiff_t place_of_data() const {
    return found_.data.empty() ? 0 : found_.data.data() - text_.data();
  }

  envelope_parser small_;
  envelope_parser large_;
  envelope found_;
  std::string text_;
};

/// JSON with what is awkward in it: brackets and quotes within strings, runs of backslashes, and
/// every length, so that each falls on every place of a block.
class awkward_json {
 public:
  explicit awkward_json(std::mt19937& random) : random_(random) {}

  std::string dispatch() {
    static constexpr std::array types{"GUILD_CREATE", "GUILD_UPDATE", "GUILD_MEMBERS_CHUNK", "X"};
    std::string out = R"({"t":")" + std::string{types.at(below(types.size()))} + R"(","s":)";
    return out + std::to_string(1 + below(99)) + R"(,"op":0,"d":{)" + members(2) + "}}";
  }
  std::size_t below(std::size_t count) { return random_() % count; }

 private:
  std::string members(int depth) {
    static constexpr std::array names{"id", "guild_id", "unavailable", "roles", "i\\u0064", "\\\\"};
    std::string out;
    for (std::size_t left = below(6); left > 0; --left) {
      out += out.empty() ? "" : below(9) == 0 ? " ,\n" : ",";
      out += '"' + std::string{names.at(below(names.size()))} + (below(9) == 0 ? "\" :" : "\":");
      out += value(depth);
    }
    return out;
  }
  std::string value(int depth) {
    switch (below(depth > 0 ? 8 : 6)) {
      case 0:
        return std::to_string(below(1'000'000));
      case 1:
        return below(2) == 0 ? "null" : "-1.5e3";
      case 2:
        return '"' + std::to_string(1 + below(1'000'000)) + '"';
      case 6:
        return '{' + members(depth - 1) + '}';
      case 7:
        return '[' + value(depth - 1) + ',' + value(depth - 1) + ']';
      default:
        return '"' + text() + '"';
    }
  }
  std::string text() {
    static constexpr std::array pieces{"a", "{", "}", "[", "]", "\\\"", "\\\\", "é", "🎲", ","};
    std::string out(below(70), 'x');
    for (std::size_t left = below(12); left > 0; --left) out += pieces.at(below(pieces.size()));
    return out;
  }

  std::mt19937& random_;
};

TEST(large_dispatch, is_read_as_small_ones_are) {
  std::mt19937 random{7};
  awkward_json make{random};
  both_ways readers;
  for (int round = 0; round < 3'000; ++round) {
    const std::string json = make.dispatch();
    readers.expect_same(json);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_EQ(readers.accepted, 3'000);
}

TEST(large_dispatch, damaged_in_any_way_is_judged_as_small_ones_are) {
  constexpr std::string_view bytes{"{}[]\",:\\0 x-tn\n\x01\xff\x00", 18};
  std::mt19937 random{11};
  awkward_json make{random};
  both_ways readers;
  for (int round = 0; round < 20'000; ++round) {
    std::string json = make.dispatch();
    for (std::size_t left = 1 + make.below(3); left > 0 && !json.empty(); --left) {
      const std::size_t place = make.below(json.size());
      switch (make.below(4)) {
        case 0:
          json.erase(place, 1);
          break;
        case 1:
          json.insert(place, 1, bytes.at(make.below(bytes.size())));
          break;
        case 2:
          json.resize(place + 1);
          break;
        default:
          json[place] = bytes.at(make.below(bytes.size()));
      }
    }
    readers.expect_same(json);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(readers.accepted, 500) << "most damage must not be to what is read";
}

TEST(large_dispatch, other_orders_and_odd_values_are_judged_as_small_ones_are) {
  both_ways readers;
  for (const auto* json : {
           R"({"d":{"id":"5","guild_id":"6"},"t":"GUILD_CREATE","s":1,"op":0})",
           R"({"op":0,"s":1,"t":"GUILD_CREATE","d":{"id":"5"}})",
           R"({"t":"X","s":1,"op":0,"d":{"guild_id":"6"},"x":1})",
           R"({"t":"X","s":1,"op":0,"d":{"guild_id":"6"},"d":{"guild_id":"7"}})",
           R"({"t":"X","t":"Y","s":1,"s":2,"op":0,"op":0,"d":{}})",
           R"({"t":null,"s":null,"op":0,"d":{}})",
           R"({"t":"X","s":1,"op":0,"d":[{"guild_id":"6"}]})",
           R"({"t":"X","s":1,"op":1,"d":{"guild_id":"6"}})",
           R"({"t":"X","s":01,"op":0,"d":{}})",
           R"({"t":"X","s":-1,"op":0,"d":{}})",
           R"({"t":"X","s":1.0,"op":0,"d":{}})",
           R"({"t":"X","s":9223372036854775807,"op":0,"d":{}})",
           R"({"t":"X","s":9223372036854775808,"op":0,"d":{}})",
           R"({"t":"X","s":1,"op":00,"d":{}})",
           R"({"t":"X","s":1,"op":0,"d":{"guild_id":{"guild_id":"6"},"guild_id":"7"}})",
           R"({"t":"X","s":1,"op":0,"d":{"m":{"guild_id":"6"}}})",
           R"({"t":"X","s":1,"op":0,"d":{"guild_id":"\u0036"}})",
           R"({"t":"X","s":1,"op":0,"d":{"guild_id":"6"}]})",
           R"({"t":"X","s":1,"op":0,"d":{"guild_id":"6"]}})",
           R"({"t":"X","s":1,"op":0,"d":{"guild_id":tru}})",
           R"({"t":"X","s":1,"op":0,"d":{"a":,"guild_id":"6"}})",
           R"({"t":"X","s":1,"op":0,"d":{,}})",
           R"({"t":"X","s":1,"op":0,"d":{"a":1,}})",
           R"({"t":"X","s":1,"op":0,"d":{"a" 1}})",
           R"({"t":"X","s":1,"op":0,"d":{"a":1 2}})",
           R"({"t":"X","s":1,"op":0,"d":{}}})",
           R"({"t":"X","s":1,"op":0,"d":{}} {})",
       }) {
    readers.expect_same(json);
  }
}

std::string padded(std::string text) {
  return text.append(parse_padding, '"');
}

TEST(text_cursor, finds_a_member_behind_all_that_looks_like_it) {
  if (!text_cursor::works()) GTEST_SKIP() << "needs AVX2";
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string pad(length, '\\');
    const std::string text = padded(R"({"a":")" + pad + pad + R"(\"}","b":[{"c":"1","]":"[\\"}],)" +
                                    R"("c" : "2" ,"d":[]}x)");
    text_cursor cursor{{text.data(), text.size() - parse_padding}};
    std::string_view raw;
    ASSERT_TRUE(cursor.take('{'));
    ASSERT_EQ(cursor.find_member("c", raw), text_cursor::search::found) << length;
    EXPECT_EQ(raw, R"("2")");
    ASSERT_TRUE(cursor.leave());
    EXPECT_TRUE(cursor.take('x'));
    EXPECT_TRUE(cursor.at_end());
  }
}

TEST(text_cursor, does_not_look_behind_the_end) {
  if (!text_cursor::works()) GTEST_SKIP() << "needs AVX2";
  const std::string whole = R"({"a":"b","c":[1,{"d":"\""}]})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    for (const char behind : {'"', '}', ']', ',', '\\', '1'}) {
      const std::string text = whole.substr(0, length) + std::string(parse_padding, behind);
      text_cursor cursor{{text.data(), length}};
      std::string_view raw;
      EXPECT_FALSE(cursor.take_value(raw)) << length << behind;
    }
  }
}

}  // namespace
}  // namespace gatehouse::gateway
