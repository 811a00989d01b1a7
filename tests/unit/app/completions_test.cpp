#include <gatehouse/app/cli.hpp>
#include <gatehouse/app/exit_code.hpp>

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <temporary_folder.hpp>
#include <utility>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string completions_for(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), {"gatehouse", "completions"});
  std::ostringstream out;
  std::ostringstream errors;
  const auto what =
      parse_command_line(static_cast<int>(arguments.size()), arguments.data(), out, errors);
  EXPECT_EQ(std::get<leave>(what).code, stopped_as_asked) << errors.str();
  return out.str();
}

/// What is offered for a line that is written so far, one word a line.
std::string offered(std::vector<const char*> words) {
  words.insert(words.begin(), {"zsh", "--"});
  std::istringstream lines{completions_for(std::move(words))};
  std::string text = "\n";
  for (std::string line; std::getline(lines, line);) text += line.substr(0, line.find('\t')) + '\n';
  return text;
}

TEST(completions, offer_commands_and_their_options) {
  EXPECT_THAT(offered({""}), AllOf(HasSubstr("\nrun\n"), HasSubstr("\nstatus\n"),
                                   HasSubstr("\ndead-letters\n"), HasSubstr("\n--version\n")));
  EXPECT_EQ(offered({"st"}), "\nstatus\n");
  EXPECT_EQ(offered({"reshard", "--dry"}), "\n--dry-run\n");
  EXPECT_EQ(offered({"dead-letters", "re"}), "\nreplay\n");
  EXPECT_EQ(offered({"dead-letters", "purge", "--ol"}), "\n--older-than\n");
  EXPECT_EQ(offered({"dead-letters", "replay", "--config", "list", "--j"}), "\n--json\n");
  EXPECT_EQ(offered({"completions", "z"}), "\nzsh\n");
  EXPECT_EQ(completions_for({"bash", "--", "hea"}),
            "health\tExit with 0 if the running daemon is alive, else with 1\n");
}

TEST(completions, offer_files_where_a_file_is_wanted) {
  EXPECT_EQ(offered({"run", "--config", "/etc/pass"}), "\nfiles\n");
  EXPECT_EQ(offered({"run", "--credentials", ""}), "\nfiles\n");
  EXPECT_EQ(offered({"reshard", "--total", ""}), "\n");
  EXPECT_EQ(offered({"status", "--watch", "--j"}), "\n--json\n") << "its value may be left out";
}

TEST(completions, every_shell_has_a_script) {
  EXPECT_THAT(completions_for({"bash"}),
              HasSubstr("complete -o filenames -F _gatehouse gatehouse"));
  EXPECT_THAT(completions_for({"zsh"}), HasSubstr("#compdef gatehouse"));
  EXPECT_THAT(completions_for({"fish"}), HasSubstr("complete -c gatehouse -f"));
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
