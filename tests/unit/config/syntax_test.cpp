#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <temporary_folder.hpp>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::load;
using testing::problems;

TEST(syntax, a_minimal_file_is_valid) {
  const auto found = testing::loaded_from(testing::handler_start);
  EXPECT_EQ(found.values.discord.token, secret("T"));
  EXPECT_EQ(found.values.discord.intents, 1U);
  EXPECT_THAT(found.values.handlers.urls, ElementsAre("http://h"));
  EXPECT_EQ(found.places.size(), 3U);
  EXPECT_EQ(found.places.at("handlers.urls").line, 2);
}

TEST(syntax, all_that_is_not_set_keeps_its_default) {
  auto expected = settings{};
  expected.discord.token = secret("T");
  expected.discord.intents = 1;
  expected.handlers.urls = {"http://h"};
  EXPECT_EQ(testing::settings_of(testing::handler_start), expected);
}

TEST(syntax, missing_keys_are_reported_at_the_start_without_their_table) {
  EXPECT_THAT(problems(""),
              ElementsAre("f.toml:1:1: discord.intents: is required, for example [\"GUILDS\", "
                          "\"GUILD_MESSAGES\"]",
                          "f.toml:1:1: handlers.urls: is required, for example "
                          "[\"http://127.0.0.1:8081\"]",
                          "f.toml:1:1: discord.token: is required; set discord.token or "
                          "discord.token_file"));
}

TEST(syntax, missing_keys_are_reported_at_their_table) {
  EXPECT_THAT(problems("\n[handlers]\n\n  [discord]\n"),
              ElementsAre(HasSubstr("f.toml:2:1: handlers.urls: is required"),
                          HasSubstr("f.toml:4:3: discord.intents: is required"),
                          HasSubstr("f.toml:4:3: discord.token: is required")));
}

TEST(syntax, a_table_may_be_written_with_dotted_keys) {
  EXPECT_THAT(problems("discord.intents = 1\ndiscord.token = 'T'\nhandlers.urls = ['http://h']\n"),
              ElementsAre());
}

TEST(syntax, all_mistakes_are_reported_at_once_and_in_the_order_of_the_file) {
  const auto lines = problems(R"(
[log]
level = "loud"
colour = true
[discord]
token = "T"
intents = ["GUILD", 7]
api_version = "10"
[handlers]
urls = ["ftp://x", "http://h"]
max_in_flight = 0
)");
  EXPECT_THAT(
      lines,
      ElementsAre("f.toml:3:9: log.level: is \"loud\"; allowed: \"trace\", \"debug\", "
                  "\"info\", \"warn\", \"error\"",
                  "f.toml:4:1: log.colour: is not a known key; allowed: log.level, log.format, "
                  "log.file",
                  "f.toml:7:12: discord.intents: is \"GUILD\", which is not an intent; did you "
                  "mean \"GUILDS\"?",
                  "f.toml:7:21: discord.intents: must be a string, not an integer",
                  "f.toml:8:15: discord.api_version: must be an integer, not a string",
                  "f.toml:10:9: handlers.urls: has the wrong scheme; allowed: http://, https://, "
                  "http+unix:///path.sock:/route and jetstream:SUBJECT",
                  "f.toml:11:17: handlers.max_in_flight: is 0; allowed: 1 to 65536 requests"));
}

TEST(syntax, mistakes_in_toml_have_the_same_form) {
  EXPECT_THAT(problems("[discord]\nintents = \n"),
              ElementsAre("f.toml:2:11: toml: cannot read key-value pair: expected value"));
  EXPECT_THAT(problems("a = 1\na = 2\n"),
              ElementsAre("f.toml:2:5: toml: cannot read key-value pair: cannot redefine existing "
                          "integer 'a'"));
  EXPECT_THAT(problems("a = truely\n"),
              ElementsAre("f.toml:1:9: toml: cannot read boolean: expected value-terminator"));
  EXPECT_THAT(problems("a = \"\xff\"\n"),
              ElementsAre(HasSubstr(": toml: cannot read the file: Encountered invalid utf-8")));
}

TEST(syntax, mistakes_in_toml_do_not_quote_the_file) {
  for (const std::string value : {"99999999999999999999", "1e999999", "12345678901234567890x",
                                  "4711MARKER", "MARKER", "\"\\uMARK\"", "trueMARKER", "nMARKER"}) {
    const auto lines = problems("token = " + value + "\n");
    ASSERT_EQ(lines.size(), 1U) << value;
    EXPECT_THAT(lines[0], HasSubstr("f.toml:1:"));
    EXPECT_EQ(lines[0].find("MARK"), std::string::npos) << lines[0];
    EXPECT_EQ(lines[0].find("99999"), std::string::npos) << lines[0];
    EXPECT_EQ(lines[0].find("12345"), std::string::npos) << lines[0];
  }
}

TEST(syntax, a_problem_is_never_beside_a_configuration) {
  EXPECT_FALSE(load("x = 1").config);
  EXPECT_TRUE(load(testing::handler_start).problems.empty());
}

TEST(syntax, a_file_that_cannot_be_read_is_a_problem) {
  const auto result = config::load({.path = "/nonexistent/g.toml"}, testing::variables());
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].format(),
            "/nonexistent/g.toml:1:1: file: cannot be read: No such file or directory");
  EXPECT_FALSE(result.config);
}

TEST(syntax, a_directory_is_not_a_file) {
  const auto result = config::load({.path = "/"}, testing::variables());
  EXPECT_EQ(testing::joined(result.problems), "/:1:1: file: cannot be read: Is a directory\n");
}

TEST(syntax, a_file_is_read_and_named_in_its_problems) {
  const test::temporary_folder folder;
  const auto path = folder.write("g.toml", testing::handler_start + "log.level = 1\n");
  const auto result = config::load({.path = path}, testing::variables());
  EXPECT_EQ(testing::joined(result.problems),
            path + ":3:13: log.level: must be a string, not an integer\n");
}

TEST(syntax, the_process_environment_knows_what_is_set) {
  const auto env = process_environment();
  EXPECT_TRUE(env("PATH"));
  EXPECT_FALSE(env("GATEHOUSE_TEST_NEVER_SET"));
}

}  // namespace
}  // namespace gatehouse::config
