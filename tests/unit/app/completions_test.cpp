#include <gatehouse/app/cli.hpp>
#include <gatehouse/app/exit_code.hpp>

#include <gmock/gmock.h>

#include <cstdio>
#include <memory>
#include <sstream>
#include <temporary_folder.hpp>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string completions_for(const char* shell) {
  const char* const arguments[] = {"gatehouse", "completions", shell};
  std::ostringstream out;
  std::ostringstream errors;
  const auto what = parse_command_line(3, arguments, out, errors);
  EXPECT_EQ(std::get<leave>(what).code, stopped_as_asked);
  return out.str();
}

/// What bash offers for a line, one word a line.
std::string offered(const std::string& words) {
  const test::temporary_folder folder;
  const auto script = folder.write("completions", completions_for("bash"));
  const std::string command = "bash -c '. " + script + "; COMP_WORDS=(" + words +
                              "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _gatehouse; "
                              "printf \"%s\\n\" \"${COMPREPLY[@]}\"'";
  const std::unique_ptr<FILE, int (*)(FILE*)> output{::popen(command.c_str(), "r"), ::pclose};
  std::string text = "\n";
  char buffer[4'096];
  while (const auto count = std::fread(buffer, 1, sizeof buffer, output.get())) {
    text.append(buffer, count);
  }
  return text;
}

TEST(completions, bash_offers_commands_and_their_options) {
  EXPECT_THAT(offered("gatehouse \"\""),
              AllOf(HasSubstr("\nrun\n"), HasSubstr("\nstatus\n"), HasSubstr("\ndead-letters\n"),
                    HasSubstr("\n--version\n")));
  EXPECT_EQ(offered("gatehouse st"), "\nstatus\n");
  EXPECT_EQ(offered("gatehouse reshard --dry"), "\n--dry-run\n");
  EXPECT_EQ(offered("gatehouse dead-letters re"), "\nreplay\n");
  EXPECT_EQ(offered("gatehouse dead-letters purge --ol"), "\n--older-than\n");
  EXPECT_EQ(offered("gatehouse dead-letters replay --j"), "\n--json\n");
  EXPECT_EQ(offered("gatehouse completions z"), "\nzsh\n");
}

TEST(completions, bash_offers_files_where_a_file_is_wanted) {
  EXPECT_THAT(offered("gatehouse run --config /etc/pass"), HasSubstr("\n/etc/passwd\n"));
  EXPECT_EQ(offered("gatehouse reshard --total \"\""), "\n\n");
}

TEST(completions, the_other_shells_know_the_same_words) {
  EXPECT_THAT(completions_for("zsh"),
              AllOf(HasSubstr("#compdef gatehouse"), HasSubstr("_gatehouse_dead-letters_replay()"),
                    HasSubstr("'--config[Configuration file; default\\: ./gatehouse.toml, then "
                              "/etc/gatehouse/gatehouse.toml]:FILE:_files'")));
  EXPECT_THAT(completions_for("fish"),
              AllOf(HasSubstr("-a status -d "),
                    HasSubstr("'__fish_seen_subcommand_from dead-letters; and "
                              "__fish_seen_subcommand_from replay' -l json"),
                    HasSubstr(" -s c -l config -r -F -d ")));
}

TEST(manual_page, is_what_the_command_line_says) {
  EXPECT_TRUE(test::read_file(std::string{SOURCE_ROOT} + "/config/gatehouse.1") == manual_page())
      << "run gatehouse-manual with the root of the source tree";
}

TEST(manual_page, has_every_command) {
  EXPECT_THAT(
      manual_page(),
      AllOf(HasSubstr(".SS gatehouse status\n"), HasSubstr(".SS gatehouse dead\\-letters list\n"),
            HasSubstr("\\fB\\-w\\fR, \\fB\\-\\-watch\\fR [\\fISECONDS\\fR]\n"),
            HasSubstr("bash | zsh | fish"), Not(HasSubstr("\\-\\-help"))));
}

}  // namespace
}  // namespace gatehouse::app
