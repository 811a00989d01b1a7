#include "temporary_folder.hpp"

#include <gatehouse/app/cli.hpp>
#include <gatehouse/app/exit_code.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct parsed {
  command what;
  std::string out;
  std::string errors;
};

parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "gatehouse");
  std::ostringstream out;
  std::ostringstream errors;
  command what =
      parse_command_line(static_cast<int>(arguments.size()), arguments.data(), out, errors);
  return {std::move(what), out.str(), errors.str()};
}

TEST(command_line, runs_with_the_configuration_it_is_given) {
  const auto result = parse({"run", "--config", "/etc/bot.toml"});
  ASSERT_TRUE(std::holds_alternative<run_command>(result.what));
  EXPECT_EQ(std::get<run_command>(result.what).from.path, "/etc/bot.toml");
}

TEST(command_line, lists_and_replays_dead_letters) {
  const auto list = parse({"dead-letters", "list", "--json", "-c", "a.toml"});
  ASSERT_TRUE(std::holds_alternative<dead_letters_command>(list.what));
  const auto& asked = std::get<dead_letters_command>(list.what);
  EXPECT_EQ(asked.what, dead_letters_command::action::list);
  EXPECT_EQ(asked.from.path, "a.toml");
  EXPECT_TRUE(asked.is_json);
  const auto replay = parse({"dead-letters", "replay"});
  ASSERT_TRUE(std::holds_alternative<dead_letters_command>(replay.what));
  EXPECT_EQ(std::get<dead_letters_command>(replay.what).what, dead_letters_command::action::replay);
  EXPECT_FALSE(std::get<dead_letters_command>(replay.what).is_json);
}

TEST(command_line, shows_and_picks_dead_letters) {
  const auto show = parse({"dead-letters", "show", "abc:7"});
  ASSERT_TRUE(std::holds_alternative<dead_letters_command>(show.what)) << show.errors;
  EXPECT_EQ(std::get<dead_letters_command>(show.what).what, dead_letters_command::action::show);
  EXPECT_EQ(std::get<dead_letters_command>(show.what).event_id, "abc:7");
  const auto purge = parse({"dead-letters", "purge", "--event", "A", "--older-than", "2h",
                            "--newer-than", "7d", "--event", "B"});
  ASSERT_TRUE(std::holds_alternative<dead_letters_command>(purge.what)) << purge.errors;
  const auto& asked = std::get<dead_letters_command>(purge.what);
  EXPECT_EQ(asked.what, dead_letters_command::action::purge);
  EXPECT_EQ(asked.events, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(asked.older_than, std::chrono::hours{2});
  EXPECT_EQ(asked.newer_than, std::chrono::hours{7 * 24});
}

TEST(command_line, status_is_asked_once_or_watched) {
  auto result = parse({"status", "--json", "--admin", "http://h", "--authorization-file", "f"});
  ASSERT_TRUE(std::holds_alternative<status_command>(result.what)) << result.errors;
  const auto& once = std::get<status_command>(result.what);
  EXPECT_TRUE(once.is_json);
  EXPECT_EQ(once.access.url, "http://h");
  EXPECT_EQ(once.access.authorization_file, "f");
  EXPECT_EQ(once.watch_seconds, std::nullopt);
  result = parse({"status", "--watch"});
  EXPECT_EQ(std::get<status_command>(result.what).watch_seconds, 2) << result.errors;
  result = parse({"status", "-w", "7", "-c", "a.toml"});
  EXPECT_EQ(std::get<status_command>(result.what).watch_seconds, 7) << result.errors;
  EXPECT_EQ(std::get<status_command>(result.what).access.from.path, "a.toml");
}

TEST(command_line, a_reshard_is_started_planned_or_rolled_back) {
  using action = reshard_command::action;
  auto result = parse({"reshard", "--total", "8", "--no-wait"});
  ASSERT_TRUE(std::holds_alternative<reshard_command>(result.what)) << result.errors;
  EXPECT_EQ(std::get<reshard_command>(result.what).total_shards, 8);
  EXPECT_FALSE(std::get<reshard_command>(result.what).waits);
  EXPECT_EQ(std::get<reshard_command>(result.what).what, action::start);
  result = parse({"reshard", "--dry-run"});
  EXPECT_EQ(std::get<reshard_command>(result.what).what, action::plan);
  EXPECT_TRUE(std::get<reshard_command>(result.what).waits);
  result = parse({"reshard", "--cancel"});
  EXPECT_EQ(std::get<reshard_command>(result.what).what, action::cancel);
}

TEST(command_line, the_configuration_is_printed_or_reloaded) {
  EXPECT_FALSE(std::get<config_command>(parse({"config"}).what).reloads);
  EXPECT_TRUE(std::get<config_command>(parse({"config", "--reload"}).what).reloads);
}

TEST(command_line, every_command_takes_what_a_configuration_is_made_of) {
  for (const char* name :
       {"run", "check", "status", "reshard", "config", "health", "doctor", "tail"}) {
    const auto result = parse({name, "--config", "a.toml", "--set", "log.level=debug", "--set",
                               "handlers.urls=[\"http://a\", \"http://b\"]", "--env-file", "e",
                               "--credentials", "c"});
    ASSERT_FALSE(std::holds_alternative<leave>(result.what)) << name << result.errors;
    if (const auto* const run = std::get_if<run_command>(&result.what)) {
      EXPECT_EQ(run->from.assignments,
                (std::vector<std::string>{"log.level=debug",
                                          "handlers.urls=[\"http://a\", \"http://b\"]"}));
      EXPECT_EQ(run->from.env_file, "e");
      EXPECT_EQ(run->from.credentials, "c");
    }
  }
}

TEST(command_line, a_mistyped_command_is_named_with_what_was_meant) {
  const auto said = [](std::vector<const char*> arguments) {
    const auto result = parse(std::move(arguments));
    EXPECT_EQ(std::get<leave>(result.what).code, bad_configuration);
    return result.errors;
  };
  EXPECT_EQ(said({"statsu"}),
            "gatehouse: there is no command \"statsu\"; did you mean \"status\"?\n");
  EXPECT_EQ(said({"dead-letters", "lst"}),
            "gatehouse: there is no command \"lst\"; did you mean \"list\"?\n");
  EXPECT_THAT(said({"dance"}), HasSubstr("there is no command \"dance\"; there are run, check,"));
  EXPECT_THAT(said({"version"}), HasSubstr("gatehouse --version"));
  EXPECT_THAT(said({"--config", "f", "run"}), HasSubstr("options stand behind the command"));
}

TEST(command_line, events_are_watched_by_name_shard_and_guild) {
  const auto result = parse({"tail", "--event", "A", "-e", "B", "--shard", "3", "--guild", "81384",
                             "--payload", "--json"});
  ASSERT_TRUE(std::holds_alternative<tail_command>(result.what)) << result.errors;
  const auto& asked = std::get<tail_command>(result.what);
  EXPECT_EQ(asked.events, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(asked.shard_id, 3);
  EXPECT_EQ(asked.guild_id, "81384");
  EXPECT_TRUE(asked.has_payload);
  EXPECT_TRUE(asked.is_json);
  EXPECT_TRUE(std::holds_alternative<leave>(parse({"tail", "--guild", "x"}).what));
}

TEST(command_line, health_is_of_the_process_or_of_every_shard) {
  EXPECT_FALSE(std::get<health_command>(parse({"health"}).what).is_readiness);
  EXPECT_TRUE(std::get<health_command>(parse({"health", "--ready"}).what).is_readiness);
}

TEST(command_line, answers_help_and_version_with_success) {
  const auto help = parse({"--help"});
  EXPECT_EQ(std::get<leave>(help.what).code, stopped_as_asked);
  EXPECT_THAT(help.out, HasSubstr("run"));
  const auto version = parse({"--version"});
  EXPECT_EQ(std::get<leave>(version.what).code, stopped_as_asked);
  EXPECT_THAT(version.out, StartsWith("gatehouse "));
  for (const char* part : {"commit ", "compiler ", "Boost 1.", "OpenSSL 3", "SQLite 3"}) {
    EXPECT_THAT(version.out, HasSubstr(part));
  }
}

TEST(command_line, refuses_what_it_does_not_know_as_a_configuration_error) {
  for (const auto& arguments :
       std::vector<std::vector<const char*>>{{},
                                             {"dance"},
                                             {"dead-letters"},
                                             {"dead-letters", "show"},
                                             {"dead-letters", "purge", "--older-than", "2"},
                                             {"dead-letters", "purge", "--older-than", "xh"},
                                             {"run", "--shards", "3"},
                                             {"run", "--config"},
                                             {"reshard", "--cancel", "--total", "8"},
                                             {"reshard", "--total", "0"},
                                             {"status", "--watch", "0"},
                                             {"completions", "tcsh"}}) {
    const auto result = parse(arguments);
    ASSERT_TRUE(std::holds_alternative<leave>(result.what));
    EXPECT_EQ(std::get<leave>(result.what).code, bad_configuration);
    EXPECT_FALSE(result.errors.empty());
  }
}

TEST(check_configuration, prints_the_effective_configuration_without_secrets) {
  const test::temporary_folder folder;
  const auto file = folder.write("a.toml",
                                 "[discord]\ntoken = \"verysecret\"\nintents = 0\n"
                                 "[handlers]\nurls = [\"http://127.0.0.1:1/\"]\n");
  std::ostringstream out;
  std::ostringstream errors;
  EXPECT_EQ(check_configuration({{.path = file}}, out, errors), stopped_as_asked);
  EXPECT_THAT(out.str(), HasSubstr("http://127.0.0.1:1/"));
  EXPECT_THAT(out.str(), HasSubstr("spawn_shard_delay_ms = 5300"));
  EXPECT_THAT(out.str() + errors.str(), Not(HasSubstr("verysecret")));
}

TEST(check_configuration, names_every_problem_and_fails) {
  const test::temporary_folder folder;
  const auto file = folder.write("a.toml",
                                 "[discord]\ntoken = \"t\"\nintents = 0\nintent = 1\n"
                                 "[handlers]\nurls = [\"ftp://x/\"]\n");
  std::ostringstream out;
  std::ostringstream errors;
  EXPECT_EQ(check_configuration({{.path = file}}, out, errors), bad_configuration);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(errors.str(), HasSubstr(file + ":4:1: discord.intent: "));
  EXPECT_THAT(errors.str(), HasSubstr(file + ":6:"));
}

}  // namespace
}  // namespace gatehouse::app
