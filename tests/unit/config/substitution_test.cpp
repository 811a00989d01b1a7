#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using testing::problems;
using testing::settings_of;

std::string directory_of(std::string_view written, std::map<std::string, std::string> known) {
  return settings_of(testing::handler_start + "state.dir = '" + std::string(written) + "'\n",
                     std::move(known))
      .state.dir;
}

TEST(substitution, variables_are_replaced_wherever_they_stand) {
  EXPECT_EQ(directory_of("${A}", {{"A", "x"}}), "x");
  EXPECT_EQ(directory_of("/a/${ONE}/${_2}/z", {{"ONE", "1"}, {"_2", "2"}}), "/a/1/2/z");
}

TEST(substitution, two_dollars_make_a_plain_one) {
  EXPECT_EQ(directory_of("$${A}", {{"A", "x"}}), "${A}");
  EXPECT_EQ(directory_of("$$${A}", {{"A", "x"}}), "$${A}");
}

TEST(substitution, other_dollars_mean_themselves) {
  EXPECT_EQ(directory_of("$A $ $$ {A} }", {{"A", "x"}}), "$A $ $$ {A} }");
}

TEST(substitution, what_a_variable_holds_is_not_looked_at_again) {
  EXPECT_EQ(directory_of("${A}", {{"A", "${B}"}}), "${B}");
  EXPECT_EQ(directory_of("${A}", {{"A", "$${"}}), "$${");
}

TEST(substitution, reaches_array_elements_and_presence) {
  const auto values = settings_of(
      "discord = { token = 'T', intents = ['${I}'], presence = { status = '${S}' } }\n"
      "handlers.urls = ['http://${H}:1', 'http://b']\n",
      {{"H", "a"}, {"I", "GUILDS"}, {"S", "idle"}});
  EXPECT_THAT(values.handlers.urls, ElementsAre("http://a:1", "http://b"));
  EXPECT_EQ(values.discord.intents, 1U);
  EXPECT_THAT(values.discord.presence, ::testing::HasSubstr("\"idle\""));
}

TEST(substitution, a_default_stands_in_for_what_is_unset_or_empty) {
  EXPECT_EQ(directory_of("${A:-/var/x}", {}), "/var/x");
  EXPECT_EQ(directory_of("${A:-/var/x}", {{"A", ""}}), "/var/x");
  EXPECT_EQ(directory_of("${A:-/var/x}/${B:-}z", {{"A", "a"}}), "a/z");
  EXPECT_EQ(directory_of("x${A:-a:-b}", {}), "xa:-b");
}

TEST(substitution, an_unset_variable_is_an_error_that_names_it) {
  EXPECT_THAT(problems(testing::handler_start + "state.dir = '${HOME_DIR}'"),
              ElementsAre("f.toml:3:13: state.dir: environment variable HOME_DIR is not set"));
}

TEST(substitution, a_malformed_reference_is_an_error) {
  for (const auto* text : {"${", "${}", "${A", "${1A}", "${A B}", "${A-B}", "${:-y}", "${A:y}"}) {
    std::string file = testing::handler_start;
    file.append("state.dir = '").append(text).append("'");
    EXPECT_THAT(problems(file, {{"A", "x"}}),
                ElementsAre("f.toml:3:13: state.dir: malformed ${...}; allowed: ${NAME} or "
                            "${NAME:-default} with a name of letters, digits and _, or $${ for a "
                            "plain ${"))
        << text;
  }
}

TEST(substitution, the_result_is_checked_like_any_text) {
  EXPECT_THAT(problems(testing::handler_start + "log.level = '${L}'", {{"L", "inf"}}),
              ElementsAre("f.toml:3:13: log.level: is none of its values (did you mean "
                          "\"info\"?); allowed: \"trace\", \"debug\", \"info\", \"warn\", "
                          "\"error\""));
  EXPECT_THAT(problems(testing::handler_start + "state.dir = '${D}'", {{"D", ""}}),
              ElementsAre("f.toml:3:13: state.dir: is empty"));
}

}  // namespace
}  // namespace gatehouse::config
