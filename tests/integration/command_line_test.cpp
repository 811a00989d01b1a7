#include "daemon_process.hpp"
#include "setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <certificates.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

/// The commands of the real binary, as an operator and an orchestrator call them.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct ended {
  int code = -1;
  std::string output;
};

ended run(const std::vector<std::string>& arguments) {
  daemon_process command{arguments};
  const auto end = command.wait_for_end(60s);
  return {end ? end->exit_code.value_or(-1) : -1, command.log()};
}

/// A daemon that runs, and how its commands find it.
class running_daemon {
 public:
  explicit running_daemon(config_text text)
      : daemon_(text.str()),
        config_(folder_.write(
            "commands.toml",
            text.add("admin", "listen = \"127.0.0.1:" + std::to_string(daemon_.admin_port()) + '"')
                .str())) {}

  [[nodiscard]] ended command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--config", config_});
    return run(arguments);
  }
  [[nodiscard]] const std::string& config() const noexcept { return config_; }
  daemon_process& process() noexcept { return daemon_; }

 private:
  temporary_folder folder_;
  daemon_process daemon_;
  std::string config_;
};

/// What bash offers for a line, one word a line.
std::string offered_by_bash(const std::string& words) {
  const std::string program = std::getenv("GATEHOUSE_BIN");
  const std::string line =
      "PATH=" + program.substr(0, program.rfind('/')) +
      ":$PATH bash -c 'eval \"$(gatehouse completions bash)\"; COMP_WORDS=(gatehouse " + words +
      "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _gatehouse; printf \"%s\\n\" "
      "\"${COMPREPLY[@]}\"'";
  const std::unique_ptr<FILE, int (*)(FILE*)> output{::popen(line.c_str(), "r"), ::pclose};
  std::string text = "\n";
  char buffer[4'096];
  while (const auto count = std::fread(buffer, 1, sizeof buffer, output.get())) {
    text.append(buffer, count);
  }
  return text;
}

TEST(completions_command, has_a_script_that_asks_the_program) {
  EXPECT_EQ(offered_by_bash("st"), "\nstatus\n");
  EXPECT_THAT(offered_by_bash("\"\""), AllOf(HasSubstr("\nrun\n"), HasSubstr("\n--version\n")));
  EXPECT_EQ(offered_by_bash("reshard --dry"), "\n--dry-run\n");
  EXPECT_THAT(offered_by_bash("run --config /etc/pass"), HasSubstr("\n/etc/passwd\n"));
  EXPECT_EQ(offered_by_bash("reshard --total \"\""), "\n\n");
}

TEST(check_command, judges_what_the_unit_runs) {
  const temporary_folder folder;
  ASSERT_NE(folder.write("discord-token", "a-token\n"), "");
  const auto env_file = folder.write("env", "SECRET=hunter2\n");
  const auto config = folder.write(
      "g.toml",
      "[discord]\ntoken_file = \"${CREDENTIALS_DIRECTORY}/discord-token\"\nintents = 1\n"
      "[handlers]\nurls = [\"http://127.0.0.1:9/\"]\nauthorization = \"${SECRET}\"\n");
  const auto without = run({"check", "--config", config});
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.output, AllOf(HasSubstr(":2:14: discord.token_file: "),
                                    HasSubstr(":6:17: handlers.authorization: ")));
  const auto with = run({"check", "--config", config, "--env-file", env_file, "--credentials",
                         folder.path().string(), "--set", "gateway.total_shards=7"});
  EXPECT_EQ(with.code, 0) << with.output;
  EXPECT_THAT(with.output,
              AllOf(HasSubstr("g.toml is valid"), HasSubstr("total_shards = 7"),
                    HasSubstr("authorization = \"<hidden>\""), Not(HasSubstr("hunter2"))));
}

TEST(check_command, opens_what_the_daemon_would_and_so_does_run) {
  const temporary_folder folder;
  const auto config = folder.write(
      "g.toml",
      "[discord]\ntoken = \"t\"\nintents = 1\nca_file = \"/nope/discord.pem\"\n"
      "[handlers]\nurls = [\"https://127.0.0.1:9/\"]\nca_file = \"/nope/handlers.pem\"\n"
      "[admin]\ncertificate_file = \"/nope/c.pem\"\nkey_file = \"/nope/k.pem\"\n"
      "[log]\nfile = \"/nope/log\"\n[state]\ndir = \"/proc/version/state\"\n"
      "[controllers]\nlibraries = [\"/nope/lib.so\"]\n");
  const auto files = AllOf(
      HasSubstr("g.toml:4:11: discord.ca_file: "), HasSubstr("g.toml:7:11: handlers.ca_file: "),
      HasSubstr("g.toml:9:20: admin.certificate_file: "), HasSubstr("g.toml:12:8: log.file: "));
  const auto checked = run({"check", "--config", config});
  EXPECT_EQ(checked.code, 2);
  EXPECT_THAT(checked.output, AllOf(files, HasSubstr("g.toml:14:7: state.dir: "),
                                    HasSubstr("g.toml:16:13: controllers.libraries: ")));
  const auto started = run({"run", "--config", config});
  EXPECT_EQ(started.code, 2);
  EXPECT_THAT(started.output, files);
}

TEST(check_command, prints_a_schema_without_a_configuration) {
  const auto printed = run({"check", "--schema"});
  EXPECT_EQ(printed.code, 0) << printed.output;
  EXPECT_THAT(printed.output, HasSubstr("\"$schema\""));
}

TEST(health_command, tells_a_living_daemon_from_none) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  const authority own;
  const auto identity = own.issue("IP:127.0.0.1");
  const temporary_folder folder;
  running_daemon daemon{
      config_text{discord, {handler.url()}}
          .add("admin", "certificate_file = \"" + folder.write("c", identity.certificate_pem) + '"')
          .add("admin", "key_file = \"" + folder.write("k", identity.key_pem) + '"')
          .add("admin", "authorization = \"secret\"")};
  ASSERT_TRUE(wait_for_start(daemon.process(), 1)) << daemon.process().log();
  EXPECT_EQ(daemon.command({"health"}).code, 0);
  EXPECT_EQ(daemon.command({"health", "--ready"}).code, 0);
  ASSERT_TRUE(daemon.process().stop());
  const auto gone = daemon.command({"health"});
  EXPECT_EQ(gone.code, 1);
  EXPECT_THAT(gone.output, HasSubstr("no daemon answers"));
  EXPECT_EQ(run({"health", "--config", "/nope.toml"}).code, 1);
}

TEST(health_command, readiness_waits_for_every_shard) {
  sim::simulator discord{quick_discord(1)};
  running_daemon daemon{config_text{discord, {"http://127.0.0.1:9/"}}.add(
      "discord", "gateway_url = \"ws://127.0.0.1:9/\"")};
  EXPECT_EQ(daemon.command({"health"}).code, 0);
  EXPECT_EQ(daemon.command({"health", "--ready"}).code, 1);
}

TEST(reload_command, fails_with_a_refused_file) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  running_daemon daemon{config_text{discord, {handler.url()}}};
  ASSERT_NE(daemon.process().folder().write("gatehouse.toml", "[discord]\nintents = 'x'\n"), "");
  const auto refused = daemon.command({"config", "--reload"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.output, HasSubstr("gatehouse.toml:2:"));
}

TEST(reload_command, keeps_to_the_assignments_and_files_of_the_start) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  const temporary_folder folder;
  const auto env_file = folder.write("env", "LEVEL=warn\n");
  auto text = config_text{discord, {handler.url()}};
  const auto config = folder.write("g.toml", text.add("log", "level = \"${LEVEL}\"").str());
  daemon_process daemon{std::vector<std::string>{"run", "--config", config, "--env-file", env_file,
                                                 "--set", "log.level=info"}};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  daemon.send_signal(SIGHUP);
  EXPECT_TRUE(daemon.wait_for_log("applied: nothing new")) << daemon.log();
}

TEST(tail_command, shows_what_is_delivered) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler handler{{.registry = discord.registry()}};
  running_daemon daemon{config_text{discord, {handler.url()}}};
  ASSERT_TRUE(wait_for_start(daemon.process(), 2)) << daemon.process().log();
  discord.set_rate(200);
  daemon_process shown{std::vector<std::string>{"tail", "--config", daemon.config(), "--shard", "1",
                                                "--event", "MESSAGE_CREATE", "--json",
                                                "--payload"}};
  EXPECT_TRUE(shown.wait_for_log("\"event\":\"MESSAGE_CREATE\",\"shardId\":1,", 60s))
      << shown.log();
  EXPECT_TRUE(shown.wait_for_log(",\"payload\":{\"t\":\"MESSAGE_CREATE\"", 60s) ||
              shown.wait_for_log("\"payload\":{", 1s))
      << shown.log();
  shown.send_signal(SIGINT);
  ASSERT_TRUE(shown.wait_for_end(20s));
  EXPECT_THAT(shown.log(), AllOf(Not(HasSubstr("\"shardId\":0,")),
                                 Not(HasSubstr("\"event\":\"TYPING_START\""))));
}

TEST(tail_command, holds_up_nothing_while_nobody_takes_what_it_reads) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry()}};
  running_daemon daemon{config_text{discord, {handler.url()}}};
  ASSERT_TRUE(wait_for_start(daemon.process(), 1)) << daemon.process().log();
  const auto port = daemon.process().admin_port();
  const auto opened = http_send(port, "POST", "/tail", R"({"payload":true})");
  ASSERT_EQ(opened.status, 201) << opened.body;
  discord.flood(5'000);
  EXPECT_TRUE(wait_for_everything(discord));
  const auto reader = opened.body.substr(opened.body.find(":\"") + 2, 1);
  const auto read = http_get(port, "/tail/" + reader);
  EXPECT_EQ(read.status, 200);
  EXPECT_THAT(read.body, Not(HasSubstr("{\"skipped\":0,")));
  EXPECT_EQ(http_send(port, "DELETE", "/tail/" + reader).status, 200);
  EXPECT_EQ(http_get(port, "/tail/" + reader).status, 404);
}

TEST(tail_command, is_refused_a_wish_that_makes_no_sense) {
  sim::simulator discord{quick_discord(1)};
  running_daemon daemon{config_text{discord, {"http://127.0.0.1:9/"}}};
  const auto port = daemon.process().admin_port();
  EXPECT_EQ(http_send(port, "POST", "/tail", R"({"event":"A"})").status, 400);
  EXPECT_EQ(http_send(port, "POST", "/tail", R"({"events":"A"})").status, 400);
  EXPECT_EQ(http_send(port, "POST", "/tail", R"({"events":[1]})").status, 400);
  EXPECT_EQ(http_send(port, "POST", "/tail", R"({"guildId":"x"})").status, 400);
}

TEST(doctor_command, finds_everything_well_and_sends_no_event) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler handler{{.authorization = "handler-secret"}};
  const temporary_folder folder;
  const auto config =
      folder.write("g.toml", config_text{discord, {handler.url()}}
                                 .add("handlers", "authorization = \"handler-secret\"")
                                 .add("queue", "spool_mb = 1")
                                 .str());
  const auto seen = run({"doctor", "--config", config});
  EXPECT_EQ(seen.code, 0) << seen.output;
  EXPECT_THAT(seen.output,
              AllOf(HasSubstr("ok   configuration "), HasSubstr("ok   rest.url "),
                    HasSubstr("Discord recommends 2 shards"), HasSubstr("ok   intents "),
                    HasSubstr("ok   handler "), HasSubstr(" descriptors "), HasSubstr(" disk "),
                    HasSubstr(" clock ")));
  EXPECT_EQ(handler.statistics().requests, 0U);
  EXPECT_THAT(seen.output, AllOf(Not(HasSubstr("sim-token")), Not(HasSubstr("handler-secret"))));
}

TEST(doctor_command, names_what_is_wrong) {
  auto options = quick_discord(1);
  options.rest_authorization = "Bot another-token";
  sim::simulator discord{options};
  const temporary_folder folder;
  const auto config = folder.write("g.toml", config_text{discord, {"http://127.0.0.1:9/"}}.str());
  const auto seen = run({"doctor", "--config", config});
  EXPECT_EQ(seen.code, 1) << seen.output;
  EXPECT_THAT(seen.output, AllOf(HasSubstr("FAIL token "), HasSubstr("FAIL handler "),
                                 HasSubstr("http://127.0.0.1:9/")));
}

TEST(doctor_command, knows_intents_that_the_bot_may_not_have) {
  auto options = quick_discord(1);
  options.allowed_intents = 1;
  sim::simulator discord{options};
  sim::event_handler handler;
  const temporary_folder folder;
  const auto config =
      folder.write("g.toml", config_text{discord, {handler.url()}}
                                 .add("discord", "intents = [\"GUILDS\", \"MESSAGE_CONTENT\"]")
                                 .str());
  const auto seen = run({"doctor", "--config", config});
  EXPECT_EQ(seen.code, 1) << seen.output;
  EXPECT_THAT(seen.output, HasSubstr("FAIL intents       MESSAGE_CONTENT: not enabled"));
}

}  // namespace
}  // namespace gatehouse::test
