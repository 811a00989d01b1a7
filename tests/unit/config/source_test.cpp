#include "config_text.hpp"

#include <gatehouse/config/documentation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <temporary_folder.hpp>

/// A configuration out of a file, an environment file and assignments.
namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class config_source : public ::testing::Test {
 protected:
  load_result load_with(source from, std::map<std::string, std::string> known = {}) {
    if (from.path.empty()) from.path = folder_.write("f.toml", text_);
    return load(from, testing::variables(std::move(known)));
  }
  std::vector<std::string> assign(std::vector<std::string> assignments) {
    std::vector<std::string> lines;
    const auto result = load_with({.assignments = std::move(assignments)});
    for (const auto& problem : result.problems) lines.push_back(problem.format());
    return lines;
  }
  settings settings_with(std::vector<std::string> assignments) {
    const auto result = load_with({.assignments = std::move(assignments)});
    EXPECT_TRUE(result.config) << testing::joined(result.problems);
    return result.config ? result.config->values : settings{};
  }

  const test::temporary_folder folder_;
  std::string text_ = testing::handler_start + "[log]\nlevel = 'warn'\n";
};

TEST_F(config_source, an_assignment_takes_the_place_of_the_file) {
  const auto values = settings_with({"log.level=\"debug\"", "gateway.total_shards=8",
                                     "handlers.urls=[\"http://a\", \"http://b\"]",
                                     "discord.properties.os=\"sun\""});
  EXPECT_EQ(values.log.level, log_level::debug);
  EXPECT_EQ(values.gateway.total_shards, 8);
  EXPECT_THAT(values.handlers.urls, ElementsAre("http://a", "http://b"));
  EXPECT_EQ(values.discord.properties.os, "sun");
}

TEST_F(config_source, the_last_assignment_of_a_key_counts) {
  EXPECT_EQ(settings_with({"log.level='info'", "log.level='error'"}).log.level, log_level::error);
}

TEST_F(config_source, quotes_that_a_shell_has_taken_are_not_missed) {
  const auto values = settings_with({"log.level=debug", "state.dir=/a b/it's", "log.file="});
  EXPECT_EQ(values.log.level, log_level::debug);
  EXPECT_EQ(values.state.dir, "/a b/it's");
  EXPECT_EQ(values.log.file, "");
}

TEST_F(config_source, a_route_may_be_assigned) {
  const auto values =
      settings_with({"events.route=[{events=['TYPING_START'],urls=['http://other']}]"});
  ASSERT_EQ(values.events.routes.size(), 1U);
  EXPECT_THAT(values.events.routes[0].urls, ElementsAre("http://other"));
}

TEST_F(config_source, mistakes_in_assignments_are_named_by_their_number) {
  EXPECT_THAT(assign({"log.level=debug", "log.levl=debug"}),
              ElementsAre("--set:2:5: log.levl: is not a known key; did you mean log.level?"));
  EXPECT_THAT(assign({"gateway.total_shards='x'"}),
              ElementsAre("--set:1:22: gateway.total_shards: must be an integer, not a string"));
  EXPECT_THAT(assign({"log.level"}),
              ElementsAre("--set:1:1: toml: is not key=value, such as log.level=debug"));
  EXPECT_THAT(assign({"handlers.urls=http://a"}),
              ElementsAre(HasSubstr("handlers.urls: must be an array of strings, not a string")));
}

TEST_F(config_source, an_assignment_may_be_at_odds_with_the_file) {
  EXPECT_THAT(assign({"discord.token_file='/dev/null'"}),
              ElementsAre(HasSubstr("--set:1:20: discord.token_file: names a file whose content"),
                          HasSubstr("--set:1:20: discord.token_file: is set besides discord.token "
                                    "(line 1)")));
}

TEST_F(config_source, variables_come_from_the_environment_file_before_the_environment) {
  text_ += "file = '${LOG}'\n[state]\ndir = '${DIR}'\n";
  const auto env_file = folder_.write("e", "# comment\n; another\n\nLOG = \"/a b/log\"\r\n");
  const auto result =
      load_with({.env_file = env_file}, {{"LOG", "not this one"}, {"DIR", "/state"}});
  ASSERT_TRUE(result.config) << testing::joined(result.problems);
  EXPECT_EQ(result.config->values.log.file, "/a b/log");
  EXPECT_EQ(result.config->values.state.dir, "/state");
}

TEST_F(config_source, a_broken_environment_file_is_a_problem_that_shows_no_value) {
  const auto env_file = folder_.write("e", "GOOD=1\nexport SECRET=hunter2\nno assignment\n");
  const auto result = load_with({.env_file = env_file});
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_EQ(result.problems[0].format(),
            env_file +
                ":2:1: --env-file: is no line NAME=value with a name of letters, digits "
                "and _");
  EXPECT_EQ(result.problems[1].line, 3);
  EXPECT_THAT(testing::joined(result.problems), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(testing::joined(load_with({.env_file = "/nonexistent/e"}).problems),
              HasSubstr("/nonexistent/e:1:1: --env-file: cannot be read: No such file"));
}

TEST_F(config_source, a_folder_stands_in_for_the_credentials_directory) {
  text_ =
      "discord = { intents = 1, token_file = '${CREDENTIALS_DIRECTORY}/token' }\n"
      "handlers.urls = ['http://h']\n";
  const auto token = folder_.write("token", "abc\n");
  const auto result = load_with({.credentials = token.substr(0, token.rfind('/'))},
                                {{"CREDENTIALS_DIRECTORY", "/not/here"}});
  ASSERT_TRUE(result.config) << testing::joined(result.problems);
  EXPECT_EQ(result.config->values.discord.token, secret("abc"));
}

TEST_F(config_source, the_admin_section_alone_is_read_with_the_same_means) {
  text_ += "[admin]\nlisten = '127.0.0.1:1'\nauthorization = '${A}'\n";
  const auto env_file = folder_.write("e", "A=secret\n");
  const auto found = load_admin({.path = folder_.write("f.toml", text_),
                                 .assignments = {"admin.listen=127.0.0.1:2"},
                                 .env_file = env_file},
                                testing::variables());
  EXPECT_TRUE(found.problems.empty()) << testing::joined(found.problems);
  EXPECT_EQ(found.values.listen, "127.0.0.1:2");
  EXPECT_EQ(found.values.authorization, secret("secret"));
}

TEST_F(config_source, keys_know_where_they_are_set) {
  const auto result = load_with({.assignments = {"state.dir=/x"}});
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->problem_at("state.dir", "is wrong").format(),
            "--set:1:11: state.dir: is wrong");
  EXPECT_THAT(result.config->problem_at("log.level", "is wrong").format(),
              HasSubstr("f.toml:4:9: log.level: is wrong"));
  EXPECT_THAT(result.config->problem_at("queue.memory_mb", "is wrong").format(),
              HasSubstr("f.toml:1:1: queue.memory_mb: is wrong"));
}

TEST(default_paths, a_missing_configuration_names_all_places_that_were_looked_at) {
  const test::temporary_folder folder;
  const test::working_directory within{folder.path()};
  if (source{}.file() != default_paths[0]) GTEST_SKIP() << "this machine has " << default_paths[1];
  EXPECT_EQ(testing::joined(load({}, testing::variables()).problems),
            "./gatehouse.toml:1:1: file: cannot be read: neither ./gatehouse.toml nor "
            "/etc/gatehouse/gatehouse.toml exists; name the file with --config FILE\n");
}

}  // namespace
}  // namespace gatehouse::config
