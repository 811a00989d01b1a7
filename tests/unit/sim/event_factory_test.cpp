#include "event_factory.hpp"

#include "intents.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>

namespace gatehouse::sim {
namespace {

std::string make_run(std::uint64_t seed, int events) {
  event_factory factory({.seed = seed, .guilds = 7});
  std::string all;
  for (int index = 0; index < events; ++index) {
    const auto guild = factory.pick_guild();
    const auto type = factory.pick_type(intent::all);
    factory.append_event(all, type, guild, factory.next_number(guild));
  }
  return all;
}

TEST(event_factory, is_deterministic_for_a_seed) {
  EXPECT_EQ(make_run(42, 500), make_run(42, 500));
  EXPECT_NE(make_run(42, 500), make_run(43, 500));
}

TEST(event_factory, spreads_guilds_evenly_over_any_shard_count) {
  const event_factory factory({.guilds = 1200});
  for (const std::uint64_t shards : {2U, 5U, 16U, 48U}) {
    std::map<std::uint64_t, int> count;
    for (const auto id : factory.guild_ids()) ++count[(id >> 22U) % shards];
    for (const auto& [shard, guilds] : count) EXPECT_EQ(guilds, 1200 / static_cast<int>(shards));
  }
}

TEST(event_factory, makes_valid_json_of_every_type_with_the_running_number_last) {
  event_factory factory({.guilds = 3});
  const auto guild = factory.guild_ids()[1];
  simdjson::dom::parser parser;
  std::uint64_t number = 0;
  for (const auto* const type :
       {"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE", "VOICE_STATE_UPDATE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE",
        "GUILD_MEMBER_REMOVE", "TYPING_START", "PRESENCE_UPDATE", "CHANNEL_UPDATE", "GUILD_CREATE",
        "GUILD_DELETE", "INTERACTION_CREATE", "INVITE_CREATE"}) {
    // Variants depend on the number, so several of each.
    for (int variant = 0; variant < 40; ++variant) {
      std::string d;
      factory.append_event(d, type, guild, ++number);
      simdjson::dom::element parsed;
      ASSERT_EQ(parser.parse(d).get(parsed), simdjson::SUCCESS) << type << ": " << d;
      const auto mark = find_event_mark(R"({"t":"X","s":1,"op":0,"d":)" + d + "}");
      EXPECT_EQ(mark.guild_id, guild);
      EXPECT_EQ(mark.number, number);
    }
  }
}

TEST(event_factory, keeps_the_usual_mix) {
  event_factory factory({.guilds = 20});
  std::map<std::string_view, int> count;
  std::size_t bytes = 0;
  constexpr int events = 20'000;
  for (int index = 0; index < events; ++index) {
    const auto type = factory.pick_type(intent::all);
    const auto guild = factory.pick_guild();
    std::string d;
    factory.append_event(d, type, guild, factory.next_number(guild));
    ++count[type];
    bytes += d.size();
  }
  EXPECT_NEAR(count["MESSAGE_CREATE"], events * 0.55, events * 0.02);
  EXPECT_NEAR(count["MESSAGE_UPDATE"], events * 0.15, events * 0.02);
  EXPECT_NEAR(count["VOICE_STATE_UPDATE"], events * 0.10, events * 0.02);
  EXPECT_GT(count["INTERACTION_CREATE"], 0);
  EXPECT_GT(bytes / events, 700U);
  EXPECT_LT(bytes / events, 1100U);
}

TEST(event_factory, limits_the_mix_to_what_intents_let_through) {
  event_factory factory({.guilds = 2});
  for (int index = 0; index < 2000; ++index) {
    const auto type = factory.pick_type(intent::guilds);
    EXPECT_TRUE(type == "CHANNEL_UPDATE" || type == "INTERACTION_CREATE") << type;
  }
}

TEST(event_factory, pads_guilds_to_the_size_asked_for) {
  for (const std::uint32_t bytes : {8192U, 100'000U}) {
    event_factory factory({.guilds = 1, .guild_create_bytes = bytes});
    std::string d;
    factory.append_guild_create(d, factory.guild_ids()[0]);
    EXPECT_NEAR(static_cast<double>(d.size()), bytes, 700);
  }
}

TEST(event_factory, edits_messages_for_real) {
  event_factory factory({.guilds = 1});
  std::string d;
  factory.append_event(d, "MESSAGE_UPDATE", factory.guild_ids()[0], 9);
  EXPECT_EQ(d.find(R"("edited_timestamp":null)"), std::string::npos);
}

TEST(event_factory, makes_interaction_tokens_of_their_id_alone) {
  event_factory factory({.guilds = 2});
  const auto guild = factory.guild_ids()[0];
  std::string d;
  factory.append_interaction_event(d, guild, 5, 3);
  EXPECT_NE(d.find(interaction_token(factory.interaction_of(guild, 5))), std::string::npos);
  EXPECT_NE(factory.interaction_of(guild, 5), factory.interaction_of(factory.guild_ids()[1], 5));
}

TEST(event_mark, is_absent_from_other_payloads) {
  EXPECT_EQ(find_event_mark(R"({"t":"READY","d":{"v":10}})").number, 0U);
  EXPECT_EQ(find_event_mark(R"({"sim":"12"}})").number, 0U);
  EXPECT_EQ(find_event_mark("").number, 0U);
}

}  // namespace
}  // namespace gatehouse::sim
