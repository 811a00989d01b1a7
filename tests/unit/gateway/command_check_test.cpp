#include <gatehouse/gateway/command_check.hpp>

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::gateway {
namespace {

std::string ids(int count) {
  std::string list = "[";
  for (int i = 1; i <= count; ++i) list += (i == 1 ? "\"" : ",\"") + std::to_string(i) + '"';
  return list + "]";
}

TEST(command_check, accepts_what_bots_may_send) {
  const std::pair<std::string, opcode> good[] = {
      {R"({"op":3,"d":{"since":null,"activities":[],"status":"online","afk":false}})",
       opcode::presence_update},
      {R"({"op":3,"d":{"since":91879201,"activities":[{"name":"x","type":0}],"status":"dnd"}})",
       opcode::presence_update},
      {R"({"op":4,"d":{"guild_id":"41","channel_id":"2","self_mute":false,"self_deaf":true}})",
       opcode::voice_state_update},
      {R"({"op":4,"d":{"guild_id":"41","channel_id":null}})", opcode::voice_state_update},
      {R"({"d":{"guild_id":"1","query":"","limit":0},"op":8,"s":null,"t":null})",
       opcode::request_guild_members},
      {R"({"op":8,"d":{"guild_id":"1","query":"a","limit":100,"presences":true,"nonce":"n"}})",
       opcode::request_guild_members},
      {R"({"op":8,"d":{"guild_id":"1","user_ids":"2"}})", opcode::request_guild_members},
      {R"({"op":8,"d":{"guild_id":"1","query":"","limit":0,"user_ids":)" + ids(100) + "}}",
       opcode::request_guild_members},
      {R"({"op":31,"d":{"guild_ids":["1","2"]}})", opcode::request_soundboard_sounds},
      {R"({"op":43,"d":{"guild_id":"1","fields":["status","voice_start_time"]}})",
       opcode::request_channel_info},
  };
  for (const auto& [json, op] : good) {
    const auto verdict = validate_command(json);
    EXPECT_EQ(verdict.error, "") << json;
    EXPECT_EQ(verdict.op, op) << json;
  }
}

TEST(command_check, refuses_and_names_the_field) {
  const std::pair<std::string, std::string> bad[] = {
      {"", "not JSON"},
      {R"({"op":3)", "not JSON"},
      {R"({"op":3,"d":{}} x)", "not JSON"},
      {"[3]", "object"},
      {"{}", "op"},
      {R"({"op":"3","d":{}})", "op"},
      {R"({"op":3})", "d is"},
      {R"({"op":3,"d":[]})", "d is"},
      {R"({"op":3,"d":{"activities":[]}})", "status"},
      {R"({"op":3,"d":{"activities":[],"status":"away"}})", "status"},
      {R"({"op":3,"d":{"status":"idle"}})", "activities"},
      {R"({"op":3,"d":{"status":"idle","activities":{}}})", "activities"},
      {R"({"op":3,"d":{"status":"idle","activities":[],"since":"1"}})", "since"},
      {R"({"op":3,"d":{"status":"idle","activities":[],"afk":0}})", "afk"},
      {R"({"op":4,"d":{"channel_id":null}})", "guild_id"},
      {R"({"op":4,"d":{"guild_id":"1"}})", "channel_id"},
      {R"({"op":4,"d":{"guild_id":1,"channel_id":null}})", "guild_id"},
      {R"({"op":4,"d":{"guild_id":"1","channel_id":"x"}})", "channel_id"},
      {R"({"op":4,"d":{"guild_id":"1","channel_id":"2","self_deaf":1}})", "self_deaf"},
      {R"({"op":8,"d":{"query":"","limit":0}})", "guild_id"},
      {R"({"op":8,"d":{"guild_id":["1"],"query":"","limit":0}})", "guild_id"},
      {R"({"op":8,"d":{"guild_id":"1; drop","query":"","limit":0}})", "guild_id"},
      {R"({"op":8,"d":{"guild_id":"1"}})", "query"},
      {R"({"op":8,"d":{"guild_id":"1","query":""}})", "limit"},
      {R"({"op":8,"d":{"guild_id":"1","query":5,"limit":0}})", "query"},
      {R"({"op":8,"d":{"guild_id":"1","query":"","limit":-1}})", "limit"},
      {R"({"op":8,"d":{"guild_id":"1","query":"a","limit":101}})", "limit"},
      {R"({"op":8,"d":{"guild_id":"1","user_ids":[]}})", "user_ids"},
      {R"({"op":8,"d":{"guild_id":"1","user_ids":["x"]}})", "user_ids"},
      {R"({"op":8,"d":{"guild_id":"1","user_ids":)" + ids(101) + "}}", "user_ids"},
      {R"({"op":8,"d":{"guild_id":"1","user_ids":"2","nonce":5}})", "nonce"},
      {R"({"op":8,"d":{"guild_id":"1","user_ids":"2","nonce":")" + std::string(33, 'n') + "\"}}",
       "nonce"},
      {R"({"op":8,"d":{"guild_id":"1","user_ids":"2","presences":"yes"}})", "presences"},
      {R"({"op":31,"d":{"guild_ids":[]}})", "guild_ids"},
      {R"({"op":31,"d":{"guild_ids":[1]}})", "guild_ids"},
      {R"({"op":31,"d":{"guild_ids":"1"}})", "guild_ids"},
      {R"({"op":43,"d":{"guild_id":"1"}})", "fields"},
      {R"({"op":43,"d":{"guild_id":"1","fields":[]}})", "fields"},
      {R"({"op":43,"d":{"guild_id":"1","fields":["name"]}})", "fields"},
      {R"({"op":43,"d":{"guild_id":"x","fields":["status"]}})", "guild_id"},
  };
  for (const auto& [json, mention] : bad) {
    const auto verdict = validate_command(json);
    EXPECT_EQ(verdict.op, std::nullopt) << json;
    EXPECT_NE(verdict.error.find(mention), std::string::npos) << json << ": " << verdict.error;
  }
}

TEST(command_check, refuses_opcodes_that_are_not_for_callers) {
  for (const int op : {-1, 0, 1, 2, 5, 6, 7, 9, 10, 11, 14, 99}) {
    const auto verdict = validate_command(R"({"op":)" + std::to_string(op) + R"(,"d":{}})");
    EXPECT_EQ(verdict.op, std::nullopt) << op;
    EXPECT_NE(verdict.error.find("3, 4, 8, 31, 43"), std::string::npos);
  }
}

TEST(command_check, refuses_what_discord_would_not_decode) {
  const std::string head = R"({"op":31,"d":{"guild_ids":["1"],"x":")";
  const auto of_length = [&](std::size_t length) {
    return head + std::string(length - head.size() - 3, 'x') + "\"}}";
  };
  EXPECT_EQ(validate_command(of_length(4096)).error, "");
  EXPECT_NE(validate_command(of_length(4097)).error.find("4096"), std::string::npos);
}

TEST(command_check, refuses_a_key_that_occurs_twice) {
  EXPECT_EQ(
      validate_command(R"({"op":3,"d":{"status":"idle","activities":[]},"op":2,"d":{"token":"x"}})")
          .error,
      "a key occurs twice");
}

TEST(command_check, refuses_a_key_that_occurs_twice_at_any_depth) {
  for (const char* command : {
           R"({"op":8,"d":{"guild_id":"1","guild_id":"x","query":"","limit":0}})",
           R"({"op":8,"d":{"guild_id":"1","user_ids":["1"],"user_ids":["x"]}})",
           R"({"op":8,"d":{"guild_id":"1","guild\u005fid":"x","query":"","limit":0}})",
           R"({"op":3,"d":{"status":"idle","activities":[{"name":"a","type":0,"type":9}]}})",
       }) {
    EXPECT_EQ(validate_command(command).error, "a key occurs twice") << command;
  }
  EXPECT_NE(check_member_request(1, R"({"user_ids":["1"],"user_ids":["x"]})").frame.error, "");
  EXPECT_NE(check_presence(R"({"status":"idle","status":"x"})").error, "");
}

}  // namespace
}  // namespace gatehouse::gateway
