#include <gatehouse/gateway/envelope.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace gatehouse::gateway {
namespace {

/// Keeps the text, padded with `behind`, as long as the views into it.
class parsed {
 public:
  explicit parsed(std::string_view json, char behind = '\0') : text_(json) {
    text_.append(parse_padding, behind);
    error = parser_.parse(std::string_view(text_).substr(0, json.size()), value);
  }
  envelope value;
  envelope_error error;

 private:
  std::string text_;
  envelope_parser parser_;
};

TEST(envelope, reads_the_order_seen_on_the_wire) {
  const parsed got{R"({"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"guild_id":"41","id":"9"}})"};
  ASSERT_EQ(got.error, envelope_error::none);
  EXPECT_EQ(got.value.op, 0);
  EXPECT_EQ(got.value.seq, 7);
  EXPECT_EQ(got.value.type, "MESSAGE_CREATE");
  EXPECT_EQ(got.value.data, R"({"guild_id":"41","id":"9"})");
  EXPECT_EQ(got.value.guild_id, 41U);
}

TEST(envelope, reads_every_order_of_keys) {
  const std::vector<std::pair<std::string, std::uint64_t>> events{{"MESSAGE_CREATE", 41},
                                                                  {"GUILD_CREATE", 9},
                                                                  {"GUILD_UPDATE", 9},
                                                                  {"GUILD_DELETE", 9},
                                                                  {"GUILD_ROLE_CREATE", 41}};
  for (const auto& [type, guild] : events) {
    std::vector<std::string> members{R"("t":")" + type + '"', R"("s":7)", R"("op":0)",
                                     R"("d":{"x":{"guild_id":"1","id":"2"},"id":"9",)"
                                     R"("y":[{"id":"3"}],"guild_id":"41","z":1})",
                                     R"("_trace":["a",{"op":5}])"};
    std::sort(members.begin(), members.end());
    do {
      std::string json;
      for (const auto& member : members) json += (json.empty() ? "{" : ",") + member;
      const parsed got{json + "}"};
      ASSERT_EQ(got.error, envelope_error::none) << json;
      EXPECT_EQ(got.value.op, 0) << json;
      EXPECT_EQ(got.value.seq, 7) << json;
      EXPECT_EQ(got.value.type, type) << json;
      EXPECT_EQ(got.value.guild_id, guild) << json;
      EXPECT_EQ(got.value.data.substr(0, 5), R"({"x":)") << json;
      EXPECT_EQ(got.value.data.substr(got.value.data.size() - 6), R"("z":1})") << json;
    } while (std::next_permutation(members.begin(), members.end()));
  }
}

TEST(envelope, ignores_a_nested_guild_id) {
  const parsed got{
      R"({"t":"MESSAGE_CREATE","s":1,"op":0,"d":{"message_reference":{"guild_id":"5"},"id":"6"}})"};
  ASSERT_EQ(got.error, envelope_error::none);
  EXPECT_EQ(got.value.guild_id, 0U);
}

TEST(envelope, takes_ids_as_strings_or_numbers_and_odd_ones_for_none) {
  const std::pair<const char*, std::uint64_t> ids[] = {
      {R"("18446744073709551615")", 18446744073709551615U},
      {"123", 123},
      {"null", 0},
      {R"("")", 0},
      {R"("abc")", 0},
      {R"("\u0031")", 0},
      {"-5", 0},
      {"1.5", 0},
      {"true", 0},
      {"[1]", 0},
      {R"({"id":"4"})", 0}};
  for (const auto& [text, id] : ids) {
    const std::string json =
        R"({"t":"X","s":1,"op":0,"d":{"guild_id":)" + std::string(text) + R"( ,"k":2} })";
    const parsed got{json};
    ASSERT_EQ(got.error, envelope_error::none) << json;
    EXPECT_EQ(got.value.guild_id, id) << json;
    EXPECT_EQ(got.value.data.back(), '}');
  }
}

TEST(envelope, keeps_every_kind_of_data_as_it_came) {
  for (const auto* data : {"null", "true", "false", "17", "-1.5e3", R"("a \" } b")", "[]", "{}",
                           R"([{"a":1},2])", R"({"k":"\\"})", "{ }", "[ 1 , 2 ]"}) {
    for (const auto* op : {"0", "9"}) {
      const std::string json =
          std::string(R"({ "op" : )") + op + " , \"d\" : " + data + "\r\n , \"t\" : null }\n";
      const parsed got{json};
      ASSERT_EQ(got.error, envelope_error::none) << json;
      EXPECT_EQ(got.value.data, data);
      EXPECT_EQ(got.value.type, "");
    }
  }
}

TEST(envelope, needs_no_more_than_an_op) {
  const parsed ack{R"({"op":11})"};
  ASSERT_EQ(ack.error, envelope_error::none);
  EXPECT_EQ(ack.value.op, 11);
  EXPECT_EQ(ack.value.seq, 0);
  EXPECT_EQ(ack.value.data, "");
  EXPECT_EQ(parsed{R"({"op":65000,"s":null,"t":null,"d":null})"}.error, envelope_error::none);
}

TEST(envelope, passes_unknown_keys_and_foreign_letters) {
  const parsed got{
      R"({"new":{"op":3,"d":[]},"t":"ÜNKNOWN_EVENT","s":2,"op":0,"d":{"n":"𝄞 \u0000"},"t2":1})"};
  ASSERT_EQ(got.error, envelope_error::none);
  EXPECT_EQ(got.value.type, "ÜNKNOWN_EVENT");
}

TEST(envelope, says_what_is_wrong) {
  using enum envelope_error;
  const std::pair<std::string, envelope_error> broken[] = {
      {"", not_json},
      {" ", not_json},
      {"nonsense", not_an_object},
      {"[1]", not_an_object},
      {"17", not_an_object},
      {"{}", missing_op},
      {R"({"d":1})", missing_op},
      {R"({"op":"0"})", wrong_type},
      {R"({"op":null})", wrong_type},
      {R"({"op":1.5})", wrong_type},
      {R"({"op":-1})", wrong_type},
      {R"({"op":99999999999})", wrong_type},
      {R"({"op":0,"s":"7"})", wrong_type},
      {R"({"op":0,"s":{}})", wrong_type},
      {R"({"op":0,"t":5})", wrong_type},
      {R"({"op":0,"t":{}})", wrong_type},
      {R"({"op":0}{"op":1})", not_json},
      {R"({"op":0}})", not_json},
      {R"({"op":0} x)", not_json},
      {R"({"op":0},)", not_json},
      {R"({"op":0,"d":{}}})", not_json},
      {R"({"op":0,"d":{"a":[}})", not_json},
      {R"({"op":0,"d":tru})", not_json},
      {R"({"op":0,"d":nul})", not_json},
      {R"({"op":0,"d":1x})", not_json},
      {R"({"op":0,"d":@})", not_json},
      {R"({"op":0,"d":})", not_json},
      {R"({"op":0 "d":1})", not_json},
      {R"({"op":0,"d":"a)"
       "\n"
       R"("})",
       not_json},
      {"{\"op\":0,\"d\":\"\xff\"}", not_json},
      {R"({"op":0,"d":"open)", not_json},
  };
  for (const auto& [json, error] : broken) EXPECT_EQ(parsed{json}.error, error) << json;
}

TEST(envelope, refuses_a_text_cut_at_any_byte) {
  const std::string whole =
      R"({"t":"GUILD_CREATE","s":3,"op":0,"d":{"roles":[{"id":"1"},{}],"id":"9","n":{"a":[1]}}})";
  ASSERT_EQ(parsed{whole}.error, envelope_error::none);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // What lies behind the text must not complete it.
    for (const char behind : {'\0', '}', ']', '"', ' '}) {
      const parsed cut{std::string_view(whole).substr(0, length), behind};
      EXPECT_NE(cut.error, envelope_error::none) << length << behind;
    }
  }
}

TEST(envelope, survives_any_single_changed_byte) {
  const std::string whole =
      R"({"t":"MESSAGE_CREATE","s":3,"op":0,"d":{"a":[{"id":"1"}],"guild_id":"9","b":"\n"}})";
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : std::string_view("{}[]\",:\\0 x\xff")) {
      std::string changed = whole;
      changed[at] = byte;
      const parsed got{changed};
      if (got.error != envelope_error::none || got.value.data.empty()) continue;
      EXPECT_NE(changed.find(got.value.data), std::string::npos);
    }
  }
}

TEST(envelope, reads_large_payloads_and_small_ones_after_them) {
  envelope_parser parser;
  for (const std::size_t size : {std::size_t{10}, std::size_t{3} << 20, std::size_t{20},
                                 std::size_t{60} << 20, std::size_t{30}}) {
    std::string json = R"({"t":"GUILD_CREATE","s":1,"op":0,"d":{"pad":")" + std::string(size, 'a') +
                       R"(","id":"77"}})";
    const std::size_t length = json.size();
    json.append(parse_padding, '\0');
    envelope got;
    ASSERT_EQ(parser.parse(std::string_view(json).substr(0, length), got), envelope_error::none);
    EXPECT_EQ(got.guild_id, 77U);
    EXPECT_EQ(got.data.size(), size + 20);
  }
}

TEST(envelope, refuses_absurd_nesting) {
  const std::string deep(5000, '[');
  EXPECT_NE(parsed{R"({"op":0,"d":)" + deep}.error, envelope_error::none);
}

}  // namespace
}  // namespace gatehouse::gateway
