#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <temporary_folder.hpp>

/// Mistakes that look like a valid configuration.
namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using testing::handler_start;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::problems;

TEST(mistake, an_api_version_in_the_rest_url) {
  for (const std::string url : {"https://discord.com/api/v10", "http://proxy:8080/v9/"}) {
    EXPECT_THAT(problems(handler_start + "rest.url = '" + url + "'"),
                ElementsAre("f.toml:3:12: rest.url: ends with an API version, which gatehouse "
                            "adds itself (discord.api_version); allowed: the URL without it"))
        << url;
  }
  for (const std::string url : {"http://h/api", "http://v10", "http://h/vx", "http://h/v"}) {
    EXPECT_THAT(problems(handler_start + "rest.url = '" + url + "'"), IsEmpty()) << url;
  }
}

TEST(mistake, a_variable_without_braces_in_a_secret) {
  const std::string wrong =
      "f.toml:3:26: handlers.authorization: is a variable without braces: write ${NAME}";
  for (const std::string text : {"$SECRET", "Bearer $SECRET", "$_x1"}) {
    EXPECT_THAT(problems(handler_start + "handlers.authorization = '" + text + "'"),
                ElementsAre(wrong))
        << text;
  }
  for (const std::string text : {"pa$word", "$1", "$", "a$ b", "$-x"}) {
    EXPECT_THAT(problems(handler_start + "handlers.authorization = '" + text + "'"), IsEmpty())
        << text;
  }
  EXPECT_THAT(problems(handler_start + "handlers.authorization = '${A}'", {{"A", "$SECRET"}}),
              IsEmpty());
}

TEST(mistake, the_output_of_check_fed_back_in) {
  EXPECT_THAT(problems(handler_start + "rest.authorization = '<hidden>'"),
              ElementsAre(HasSubstr("rest.authorization: is <hidden>, as check prints it")));
}

TEST(mistake, quotes_or_a_variable_in_a_token_file) {
  const test::temporary_folder folder;
  const auto load_token = [&](std::string_view content) {
    const auto path = folder.write("token", content);
    return problems("discord = { intents = 1, token_file = '" + path +
                    "' }\nhandlers.urls = ['http://h']\n");
  };
  EXPECT_THAT(load_token("\"abc\"\n"),
              ElementsAre(HasSubstr("a file whose content must not have quotes")));
  EXPECT_THAT(load_token("'abc'\n"), ElementsAre(HasSubstr("must not have quotes")));
  EXPECT_THAT(load_token("DISCORD_TOKEN=abc\n"),
              ElementsAre(HasSubstr("must be the token alone: it has a =")));
  EXPECT_THAT(load_token("abc.d-e_f\n"), IsEmpty());
}

TEST(mistake, a_handler_that_is_the_daemon_itself) {
  const std::string start = testing::valid_start + "handlers.urls = ['http://h', 'http://";
  const std::string wrong =
      "f.toml:2:30: handlers.urls: is admin.listen, where gatehouse itself answers; allowed: "
      "another port for one of the two";
  EXPECT_THAT(problems(start + "127.0.0.1:8080/events']"), ElementsAre(wrong));
  EXPECT_THAT(problems(start + "localhost:8080']"), ElementsAre(wrong));
  EXPECT_THAT(problems(start + "127.0.0.1:81']\n"
                               "admin = { listen = '0.0.0.0:81', authorization = 'x' }"),
              ElementsAre(wrong));
  EXPECT_THAT(problems(start + "127.0.0.1:8081']"), IsEmpty());
  EXPECT_THAT(problems(start + "bot:8080']"), IsEmpty());
  EXPECT_THAT(problems(start + "127.0.0.1:8080']\nadmin.listen = ''"), IsEmpty());
  EXPECT_THAT(problems(start + "127.0.0.1:8080']\nadmin.listen = '127.0.0.1:0'"), IsEmpty());
  EXPECT_THAT(problems(handler_start + "[[events.route]]\nevents = ['TYPING_START']\n"
                                       "urls = ['http://127.0.0.1:8080']\n"),
              ElementsAre(HasSubstr("f.toml:5:9: events.route.urls: is admin.listen")));
}

TEST(mistake, an_event_name_with_a_typo) {
  EXPECT_THAT(problems(handler_start + "events.drop = ['TYPING_STRAT']"),
              ElementsAre("f.toml:3:16: events.drop: is no event that Discord sends; did you mean "
                          "\"TYPING_START\"?"));
  EXPECT_THAT(problems(handler_start + "queue.shed = ['PRESENCE_UPDATES']"),
              ElementsAre(HasSubstr("\"PRESENCE_UPDATE\"")));
}

TEST(mistake, an_event_that_may_be_new_is_warned_of) {
  const auto result = testing::load(handler_start + "events.drop = ['BIRTHDAY_PARTY']");
  EXPECT_TRUE(result.config);
  EXPECT_EQ(testing::joined(result.warnings),
            "f.toml:3:16: events.drop: warning: is no event that this version knows; it counts "
            "all the same, should Discord send it\n");
}

TEST(mistake, a_word_that_is_none_of_those_allowed_is_quoted) {
  EXPECT_THAT(problems(handler_start + "log.format = 'jason'"),
              ElementsAre("f.toml:3:14: log.format: is \"jason\" (did you mean \"json\"?); "
                          "allowed: \"text\", \"json\""));
  EXPECT_THAT(problems("discord = { token = 'T', intents = ['GUILD_MESAGES'] }\n"
                       "handlers.urls = ['http://h']"),
              ElementsAre("f.toml:1:37: discord.intents: is \"GUILD_MESAGES\", which is not an "
                          "intent; did you mean \"GUILD_MESSAGES\"?"));
}

TEST(mistake, a_string_without_its_quotes) {
  EXPECT_THAT(problems("log.level = debug\n"),
              ElementsAre(HasSubstr("toml: cannot read value: could not determine value type; "
                                    "strings stand in quotes")));
  EXPECT_THAT(problems("log.level = \"debug\nlog.file = \"x\"\n"),
              ElementsAre(HasSubstr("toml: cannot read string: it does not end on its line")));
}

TEST(mistake, what_could_be_a_secret_is_not_quoted) {
  for (const std::string text : {"MTIzNDU2Nzg5", "aB", "x1", "a b", ""}) {
    for (const auto& line : problems(handler_start + "log.format = '" + text + "'")) {
      EXPECT_THAT(line, HasSubstr("is none of its values")) << text;
    }
  }
  EXPECT_THAT(problems(handler_start + "log.format = '${A}'", {{"A", "password"}}),
              ElementsAre(HasSubstr("is none of its values")));
}

}  // namespace
}  // namespace gatehouse::config
