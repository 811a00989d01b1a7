#include "config_text.hpp"

#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/intents.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::problems;
using testing::settings_of;

/// A file that sets one optional key.
std::string with(std::string_view key, std::string_view what) {
  return testing::handler_start + "[" + std::string(key.substr(0, key.rfind('.'))) + "]\n" +
         std::string(key.substr(key.rfind('.') + 1)) + " = " + std::string(what) + "\n";
}

/// The same for a key that may belong to a table of the start, and so may be set once only.
load_result load_with(const definition& row, std::string_view what) {
  std::string text = "[discord]\ntoken = 'T'\nintents = 1\n";
  const std::string line = std::string(row.leaf()) + " = " + std::string(what) + "\n";
  if (row.section() == "discord") text += line;
  text += "[handlers]\nurls = ['http://h']\n";
  if (row.section() == "handlers") text += line;
  if (row.section() != "discord" && row.section() != "handlers") {
    text += "[" + std::string(row.section()) + "]\n" + line;
  }
  return testing::load(text);
}

TEST(value, every_integer_takes_its_bounds_and_nothing_beyond) {
  for (const auto& row : definitions()) {
    if (row.type != value_type::integer) continue;
    for (const auto outside : {row.least - 1, row.most + 1}) {
      const auto result = load_with(row, std::to_string(outside));
      ASSERT_FALSE(result.config) << row.key;
      EXPECT_THAT(testing::joined(result.problems),
                  HasSubstr(std::string(row.key) + ": is " + std::to_string(outside) +
                            "; allowed: " + allowed_text(row)));
    }
    for (const auto inside : {row.least, row.most}) {
      const auto result = load_with(row, std::to_string(inside));
      EXPECT_THAT(testing::joined(result.problems),
                  ::testing::Not(HasSubstr(": is " + std::to_string(inside) +
                                           "; allowed: " + allowed_text(row))))
          << row.key;
    }
  }
}

TEST(value, every_choice_is_accepted_and_comes_back) {
  for (const auto& row : definitions()) {
    if (row.type != value_type::choice) continue;
    for (const auto name : row.choices) {
      const auto result = load_with(row, to_toml(std::string(name)));
      if (!result.config) FAIL() << row.key << testing::joined(result.problems);
      EXPECT_EQ(row.access.fetch(result.config->values), value(std::string(name))) << row.key;
    }
  }
}

TEST(value, every_key_refuses_a_wrong_type) {
  for (const auto& row : definitions()) {
    const bool in_start = row.required || row.key == "discord.token";  // set there already
    if (row.section() == route_section || in_start) continue;
    const auto shown = testing::joined(load_with(row, "1979-05-27").problems);
    EXPECT_THAT(shown, HasSubstr(": " + std::string(row.key) + ": must be "));
    EXPECT_THAT(shown, HasSubstr(", not a date\n"));
  }
}

TEST(value, wrong_types_are_named) {
  EXPECT_THAT(problems(with("rest.timeout_ms", "1.5")),
              ElementsAre("f.toml:4:14: rest.timeout_ms: must be an integer, not a floating-point "
                          "number"));
  EXPECT_THAT(problems(with("interactions.defer", "'yes'")),
              ElementsAre("f.toml:4:9: interactions.defer: must be true or false, not a string"));
  EXPECT_THAT(problems(with("events.only", "'A'")),
              ElementsAre("f.toml:4:8: events.only: must be an array of strings, not a string"));
  EXPECT_THAT(problems(with("log.file", "[]")),
              ElementsAre("f.toml:4:8: log.file: must be a string, not an array"));
}

TEST(value, units_are_converted) {
  const auto values = settings_of(testing::handler_start +
                                  "rest.timeout_ms = 1234\nqueue.max_age_s = 60\n"
                                  "queue.memory_mb = 3\nqueue.spool_mb = 0\n");
  EXPECT_EQ(values.rest.timeout, milliseconds(1234));
  EXPECT_EQ(values.queue.max_age, seconds(60));
  EXPECT_EQ(values.queue.memory_bytes, 3U * 1024 * 1024);
  EXPECT_EQ(values.queue.spool_bytes, 0U);
}

TEST(value, a_rest_url_loses_the_slash_at_its_end) {
  EXPECT_EQ(settings_of(with("rest.url", "'http://h:1/api/'")).rest.url, "http://h:1/api");
  EXPECT_EQ(settings_of(with("rest.url", "'http://h:1'")).rest.url, "http://h:1");
}

TEST(value, event_names_are_upper_case) {
  EXPECT_THAT(problems(with("events.drop", "['OK_1', 'typing_start', '', 'A B']")),
              ElementsAre("f.toml:4:17: events.drop: is not an event name; allowed: upper-case "
                          "names of A-Z, 0-9 and _, such as MESSAGE_CREATE",
                          "f.toml:4:33: events.drop: is empty", HasSubstr("f.toml:4:37: ")));
}

TEST(value, lists_with_a_least_length_must_have_it) {
  EXPECT_THAT(problems(testing::valid_start + "handlers.urls = []"),
              ElementsAre("f.toml:2:17: handlers.urls: has 0 elements; allowed: 1 to 1024"));
  EXPECT_THAT(problems(testing::handler_start + "[[events.route]]\nevents=[]\nurls=[]"),
              ElementsAre("f.toml:4:8: events.route.events: has 0 elements; allowed: 1 to 1024",
                          "f.toml:5:6: events.route.urls: has 0 elements; allowed: 1 to 1024"));
}

TEST(value, texts_with_a_greatest_length_must_keep_it) {
  EXPECT_THAT(problems(with("interactions.invite_code", "'" + std::string(65, 'a') + "'")),
              ElementsAre("f.toml:4:15: interactions.invite_code: has 65 bytes; allowed: 1 to 64"));
  EXPECT_THAT(problems(with("interactions.invite_code", "'https://discord.gg/x'")),
              ElementsAre("f.toml:4:15: interactions.invite_code: is not an invite code; allowed: "
                          "letters, digits and -, without https://discord.gg/"));
}

TEST(value, secrets_in_headers_have_no_control_characters) {
  for (const std::string text : {"a\\r\\nX-Evil: 1", "a\\n", "\\u0000", "a\\u007fb", "\\t"}) {
    EXPECT_THAT(problems(with("admin.authorization", "\"" + text + "\"")),
                ElementsAre("f.toml:4:17: admin.authorization: must not contain control characters "
                            "(line ends included): it is sent in an HTTP header"));
  }
  EXPECT_THAT(problems(with("rest.authorization", "' a'")),
              ElementsAre("f.toml:4:17: rest.authorization: must not begin or end with a space: "
                          "it is sent in an HTTP header"));
}

TEST(value, a_secret_that_turns_out_empty_is_an_error) {
  EXPECT_THAT(problems(with("admin.authorization", "'${S}'"), {{"S", ""}}),
              ElementsAre("f.toml:4:17: admin.authorization: is empty; leave the key out if there "
                          "is none"));
}

TEST(value, paths_have_no_control_characters) {
  EXPECT_THAT(problems(with("state.dir", "\"a\\u0000b\"")),
              ElementsAre("f.toml:4:7: state.dir: must not contain control characters"));
}

TEST(value, routes_keep_their_order) {
  const auto values = settings_of(testing::handler_start +
                                  "[[events.route]]\nevents=['A','B']\nurls=['http://a']\n"
                                  "[[events.route]]\nevents=['C']\nurls=['http://b','http://c']\n");
  ASSERT_EQ(values.events.routes.size(), 2U);
  EXPECT_EQ(values.events.routes[0], (event_route{{"A", "B"}, {"http://a"}}));
  EXPECT_EQ(values.events.routes[1], (event_route{{"C"}, {"http://b", "http://c"}}));
}

TEST(value, a_route_needs_both_its_keys) {
  EXPECT_THAT(problems(testing::handler_start + "[[events.route]]\n"),
              ElementsAre("f.toml:3:1: events.route.events: is required, for example "
                          "[\"INTERACTION_CREATE\"]",
                          "f.toml:3:1: events.route.urls: is required, for example "
                          "[\"http://127.0.0.1:8082\"]"));
}

std::string with_intents(std::string_view intents) {
  return "discord = { token = 'T', intents = " + std::string(intents) +
         " }\nhandlers.urls = ['http://h']\n";
}

TEST(intents, names_add_up) {
  EXPECT_EQ(settings_of(with_intents("['GUILDS', 'GUILD_MESSAGES', 'GUILDS']")).discord.intents,
            513U);
  EXPECT_EQ(settings_of(with_intents("[]")).discord.intents, 0U);
}

TEST(intents, every_known_name_and_their_sum_are_accepted) {
  EXPECT_EQ(known_intents().size(), 21U);
  EXPECT_EQ(known_intent_bits(), 53'608'447U);
  for (const auto& entry : known_intents()) {
    EXPECT_EQ(settings_of(with_intents("['" + std::string(entry.name) + "']")).discord.intents,
              entry.bit);
  }
  EXPECT_EQ(settings_of(with_intents("53608447")).discord.intents, 53'608'447U);
  EXPECT_EQ(settings_of(with_intents("0")).discord.intents, 0U);
}

TEST(intents, unassigned_bits_are_refused) {
  for (const std::string bits : {"131072", "-1", "4194304", "67108864", "9223372036854775807"}) {
    EXPECT_THAT(problems(with_intents(bits)),
                ElementsAre("f.toml:1:36: discord.intents: has bits that are no intents; allowed: "
                            "sums of known intents, at most 53608447"))
        << bits;
  }
}

TEST(intents, an_unknown_name_gets_the_nearest_or_all) {
  EXPECT_THAT(
      problems(with_intents("['guild_message', 'WOMBATS']")),
      ElementsAre(
          "f.toml:1:37: discord.intents: is \"guild_message\", which is not an "
          "intent; did you mean \"GUILD_MESSAGES\"?",
          HasSubstr(
              "f.toml:1:54: discord.intents: is \"WOMBATS\", which is not an intent; allowed: "
              "GUILDS, GUILD_MEMBERS, ")));
}

TEST(intents, other_types_are_refused) {
  EXPECT_THAT(problems(with_intents("'GUILDS'")),
              ElementsAre("f.toml:1:36: discord.intents: must be an array of intent names or an "
                          "integer, not a string"));
}

TEST(intents, are_named_from_their_bits) {
  EXPECT_THAT(intent_names(513), ElementsAre("GUILDS", "GUILD_MESSAGES"));
  EXPECT_EQ(intent_bit("MESSAGE_CONTENT"), 32'768U);
  EXPECT_FALSE(intent_bit("guilds"));
}

}  // namespace
}  // namespace gatehouse::config
