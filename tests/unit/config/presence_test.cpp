#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The presence begins on line 4, its keys are written as they are given.
std::string file(const std::string& keys) {
  return "handlers.urls = ['http://h']\n[discord]\ntoken = 'T'\nintents = 1\n[discord.presence]\n" +
         keys;
}

std::string json(const std::string& keys) {
  return testing::settings_of(file(keys)).discord.presence;
}

std::vector<std::string> problems(const std::string& keys) {
  return testing::problems(file(keys));
}

TEST(presence, an_empty_table_is_plainly_online) {
  EXPECT_EQ(json(""), R"({"since":null,"activities":[],"status":"online","afk":false})");
}

TEST(presence, becomes_what_discord_expects) {
  EXPECT_EQ(json("status = 'dnd'\nafk = true\nsince = 91879201\n"
                 "activities = [{ name = 'a', type = 4, state = 's', url = 'https://t' }, "
                 "{ name = 'b' }]"),
            R"({"since":91879201,"activities":[)"
            R"({"name":"a","type":4,"state":"s","url":"https://t"},{"name":"b","type":0}],)"
            R"("status":"dnd","afk":true})");
}

TEST(presence, activities_may_be_tables_of_their_own) {
  EXPECT_THAT(json("[[discord.presence.activities]]\nname = 'x'"),
              HasSubstr(R"("activities":[{"name":"x","type":0}])"));
}

TEST(presence, text_is_escaped) {
  EXPECT_THAT(json(R"(activities = [{ name = "q\" b\\ n\n d\u007f é" }])"),
              HasSubstr(R"("name":"q\" b\\ n\u000a d\u007f é")"));
}

TEST(presence, every_mistake_is_reported) {
  EXPECT_THAT(
      problems("status = 'busy'\nsince = -1\nafk = 1\nactivitys = []\n"
               "activities = [{ type = 6, nam = 'x' }, 5, { name = '' }]"),
      ElementsAre("f.toml:6:10: discord.presence.status: is \"busy\"; allowed: online, "
                  "dnd, idle, invisible, offline",
                  "f.toml:7:9: discord.presence.since: is -1; allowed: 0 to 9223372036854775807",
                  "f.toml:8:7: discord.presence.afk: must be true or false, not an integer",
                  "f.toml:9:1: discord.presence.activitys: is not a known key; did you mean "
                  "activities?",
                  "f.toml:10:15: discord.presence.activities.name: is required in an activity",
                  "f.toml:10:24: discord.presence.activities.type: is 6; allowed: 0 to 5",
                  "f.toml:10:27: discord.presence.activities.nam: is not a known key; did you "
                  "mean name?",
                  "f.toml:10:40: discord.presence.activities: must be a table, not an integer",
                  "f.toml:10:52: discord.presence.activities.name: has 0 bytes; allowed: 1 to "
                  "128"));
}

TEST(presence, must_be_a_table_of_the_right_types) {
  EXPECT_THAT(testing::problems("handlers.urls = ['http://h']\n[discord]\ntoken = 'T'\n"
                                "intents = 1\npresence = 'online'"),
              ElementsAre("f.toml:5:12: discord.presence: must be a table, not a string"));
  EXPECT_THAT(problems("activities = 'x'\nstatus = 1\nsince = 'x'"),
              ElementsAre("f.toml:6:14: discord.presence.activities: must be an array of tables, "
                          "not a string",
                          "f.toml:7:10: discord.presence.status: must be a string, not an integer",
                          "f.toml:8:9: discord.presence.since: must be an integer, not a string"));
}

TEST(presence, must_leave_room_in_identify) {
  std::string keys = "activities = [";
  for (int i = 0; i < 20; ++i) keys += "{ name = '" + std::string(100, 'x') + "' },";
  const auto lines = problems(keys + "]");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], HasSubstr("bytes of JSON; allowed: at most 2048"));
}

}  // namespace
}  // namespace gatehouse::config
