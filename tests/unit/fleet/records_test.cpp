#include <gatehouse/fleet/records.hpp>

#include <gtest/gtest.h>

namespace gatehouse::fleet {
namespace {

plan_record a_plan() {
  plan_record plan;
  plan.term = 3;
  plan.fingerprint = "f\"1";
  plan.owners = {"m1", "m1", "", "m2"};
  plan.seen = {{"m1", 4}, {"m2", 1}};
  plan.dead = {{"m1", 3}};
  plan.evicted = {{"m1", 2}};
  return plan;
}

own_record an_own() {
  return {{"m1", 4},
          7,
          own_state::released,
          session_record{"abc", "wss://g/?a=\"", 513, 42},
          {{"m2", 1}, {"m3", 9}}};
}

void expect_kept(const std::string& key, const record& value) {
  const auto read = read_record(key, to_text(value));
  ASSERT_TRUE(read.has_value()) << key << ": " << read.error();
  EXPECT_EQ(*read, value) << to_text(value);
}

TEST(records, are_read_as_they_were_written) {
  expect_kept("coordinator", coordinator_record{{"m1", 2}, 5});
  expect_kept("member.m1", member_record{2, "process", "1.2.3", member_state::draining});
  expect_kept("plan", a_plan());
  expect_kept("plan", plan_record{1, "", {}, {}, {}, {}});
  expect_kept("own.16.3", an_own());
  expect_kept("own.16.3", own_record{{"m1", 1}, 1, own_state::owned, {}, {}});
  expect_kept("pos.m1.0", position_record{{{0, 1, 0}, {999, 3, 1LL << 40}}});
  expect_kept("gate", gate_record{2, 17, {{4, {"m1", 1}, 2, 9}}});
}

/// One thing wrong in a record that is right otherwise.
void expect_bad(const std::string& key, const record& value, const std::string& part,
                const std::string& instead, const std::string& what) {
  auto text = to_text(value);
  const auto at = text.find(part);
  ASSERT_NE(at, std::string::npos) << part << " in " << text;
  text.replace(at, part.size(), instead);
  const auto read = read_record(key, text);
  ASSERT_FALSE(read.has_value()) << text;
  EXPECT_NE(read.error().find(what), std::string::npos) << read.error();
}

TEST(records, what_makes_no_sense_is_named) {
  expect_bad("own.16.3", an_own(), "\"epoch\":7", "\"epoch\":0", "epoch");
  expect_bad("own.16.3", an_own(), "\"epoch\":7", "\"epoch\":7.5", "epoch");
  expect_bad("own.16.3", an_own(), "\"epoch\":7", "\"epoch\":\"7\"", "epoch");
  expect_bad("own.16.3", an_own(), "\"seq\":42", "\"seq\":-1", "seq");
  expect_bad("own.16.3", an_own(), "\"released\"", "\"lost\"", "state");
  expect_bad("own.16.3", an_own(), "\"abc\"", "\"\"", "id is empty");
  expect_bad("own.16.3", an_own(), "\"member\":\"m1\"", "\"member\":\"m.1\"", "member");
  expect_bad("own.16.3", an_own(), "\"unreleased\":[", "\"unreleased\":[1,", "unreleased");
  expect_bad("plan", a_plan(), "[\"m1\",2]", "[\"m1\",0]", "count");
  expect_bad("plan", a_plan(), "[\"m1\",2]", "[\"m1\",2000000000]", "too many shards");
  expect_bad("plan", a_plan(), "[\"m1\",2]", "[\"m 1\",2]", "owner");
  expect_bad("plan", a_plan(), "[\"m1\",2]", "[\"m1\"]", "entry of owners");
  expect_bad("plan", a_plan(), "\"dead\":{\"m1\"", "\"dead\":{\"\"", "dead");
  expect_bad("plan", a_plan(), "\"term\":3", "\"when\":3", "term is missing");
  expect_bad("plan", a_plan(), "\"schema\":1", "\"schema\":2", "schema 2");
  expect_bad("gate", gate_record{2, 1, {}}, "\"last\":[]", "\"last\":{}", "last");
}

TEST(records, what_is_no_record_is_refused) {
  for (const char* text : {"", "null", "[]", "{", "{}", "\xff\xfe", "{\"schema\":1}"}) {
    for (const char* key : {"plan", "gate", "coordinator", "member.m1", "own.1.0", "pos.m1.0"}) {
      EXPECT_FALSE(read_record(key, text).has_value()) << key << ": " << text;
    }
  }
  EXPECT_FALSE(read_record("other", to_text(a_plan())).has_value());
}

/// Nobody trusts what was cut off in the middle.
TEST(records, no_part_of_a_record_is_a_record) {
  const auto text = to_text(an_own());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(read_record("own.16.3", text.substr(0, length)).has_value()) << length;
  }
}

TEST(records, a_key_names_its_shard) {
  EXPECT_EQ(own_key(16, 3), "own.16.3");
  EXPECT_EQ(shard_of_own_key(16, "own.16.3"), 3);
  EXPECT_EQ(shard_of_own_key(16, "own.32.3"), std::nullopt);
  EXPECT_EQ(shard_of_own_key(16, "own.16."), std::nullopt);
  EXPECT_EQ(shard_of_own_key(16, "own.16.3x"), std::nullopt);
  EXPECT_EQ(position_key("m1", 999), "pos.m1.0");
  EXPECT_EQ(position_key("m1", 1'000), "pos.m1.1");
}

TEST(records, a_member_s_name_is_part_of_keys_and_subjects) {
  for (const char* good : {"m1", "A-b_9"}) EXPECT_TRUE(is_member_name(good)) << good;
  for (const char* bad : {"", "a.b", "a b", "*", ">", "\xc3\xa4"}) {
    EXPECT_FALSE(is_member_name(bad)) << bad;
  }
  EXPECT_TRUE(is_member_name(std::string(64, 'a')));
  EXPECT_FALSE(is_member_name(std::string(65, 'a')));
}

TEST(records, dead_is_every_incarnation_up_to_the_one_that_was_declared) {
  const auto plan = a_plan();
  EXPECT_TRUE(plan.is_dead({"m1", 3}));
  EXPECT_FALSE(plan.is_dead({"m1", 4}));
  EXPECT_FALSE(plan.is_dead({"m2", 1}));
  EXPECT_TRUE(plan.is_evicted({"m1", 2}));
  EXPECT_FALSE(plan.gives(4, "m1")) << "there is no such shard";
  EXPECT_FALSE(plan.gives(-1, "m1"));
}

}  // namespace
}  // namespace gatehouse::fleet
