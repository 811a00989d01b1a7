#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <temporary_folder.hpp>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using testing::problems;

const std::string rest_of_file = "discord.intents = 1\nhandlers.urls = ['http://h']\n";

class token_file : public ::testing::Test {
 protected:
  void write(std::string_view content) const { ASSERT_EQ(folder_.write("token", content), path_); }
  [[nodiscard]] std::string text() const {
    return rest_of_file + "discord.token_file = '" + path_ + "'\n";
  }

  const test::temporary_folder folder_;
  const std::string path_ = folder_.path() / "token";
};

secret token_of(std::string_view text, std::map<std::string, std::string> known = {}) {
  return testing::settings_of(text, std::move(known)).discord.token;
}

TEST(token, the_prefix_is_optional) {
  EXPECT_EQ(token_of(rest_of_file + "discord.token = 'a.b-c_d'"), secret("a.b-c_d"));
  EXPECT_EQ(token_of(rest_of_file + "discord.token = 'Bot a.b-c_d'"), secret("a.b-c_d"));
  EXPECT_EQ(token_of(rest_of_file + "discord.token = '${T}'", {{"T", "Bot x"}}), secret("x"));
}

TEST(token, must_be_one_printable_word) {
  const std::string wrong =
      "f.toml:3:17: discord.token: must be printable ASCII without spaces or line ends, with or "
      "without `Bot ` before it";
  for (const std::string text : {"a b", "a\nb", "a\r", "\ta", "Bot  a", "a ", "\xc3\xa9"}) {
    EXPECT_THAT(problems(rest_of_file + "discord.token = '${T}'", {{"T", text}}),
                ElementsAre(wrong))
        << text;
  }
}

TEST(token, must_not_be_empty) {
  EXPECT_THAT(problems(rest_of_file + "discord.token = ''"),
              ElementsAre("f.toml:3:17: discord.token: is empty; leave the key out if there is "
                          "none"));
  EXPECT_THAT(problems(rest_of_file + "discord.token = 'Bot '"),
              ElementsAre("f.toml:3:17: discord.token: is empty but for its prefix; a bot token "
                          "is needed"));
}

TEST(token, a_mistake_in_it_does_not_make_it_missing) {
  EXPECT_THAT(problems(rest_of_file + "discord.token = 5"),
              ElementsAre("f.toml:3:17: discord.token: must be a string, not an integer"));
}

TEST(token, both_ways_at_once_are_one_too_many) {
  EXPECT_THAT(problems(rest_of_file + "discord.token = 'T'\ndiscord.token_file = '/dev/null'"),
              ElementsAre("f.toml:4:22: discord.token_file: names a file whose content is empty",
                          "f.toml:4:22: discord.token_file: is set besides discord.token (line "
                          "3); only one of them is allowed"));
}

TEST_F(token_file, the_later_of_both_ways_is_the_one_reported) {
  write("T");
  EXPECT_THAT(problems(text() + "discord.token = 'T'"),
              ElementsAre("f.toml:4:17: discord.token: is set besides discord.token_file (line "
                          "3); only one of them is allowed"));
}

TEST_F(token_file, is_read_without_its_line_end) {
  for (const std::string content : {"abc", "abc\n", "abc\r\n", "Bot abc\n\n"}) {
    write(content);
    EXPECT_EQ(token_of(text()), secret("abc")) << content;
  }
}

TEST_F(token_file, its_path_may_come_from_the_environment) {
  write("abc\n");
  const auto slash = path_.rfind('/');
  EXPECT_EQ(token_of(rest_of_file + "discord.token_file = '${CREDENTIALS_DIRECTORY}/" +
                         path_.substr(slash + 1) + "'",
                     {{"CREDENTIALS_DIRECTORY", path_.substr(0, slash)}}),
            secret("abc"));
}

TEST_F(token_file, an_unreadable_one_is_an_error) {
  EXPECT_THAT(problems(text()),
              ElementsAre("f.toml:3:22: discord.token_file: names a file that cannot be read: No "
                          "such file or directory"));
  EXPECT_THAT(problems(rest_of_file + "discord.token_file = '/'"),
              ElementsAre("f.toml:3:22: discord.token_file: names a file that cannot be read: Is "
                          "a directory"));
}

TEST_F(token_file, an_empty_one_is_an_error) {
  for (const std::string content : {"", "\n", "\r\n"}) {
    write(content);
    EXPECT_THAT(problems(text()),
                ElementsAre("f.toml:3:22: discord.token_file: names a file whose content is empty"))
        << content;
  }
}

TEST_F(token_file, a_wrong_content_is_an_error_that_does_not_show_it) {
  write("first line\nsecond line\n");
  EXPECT_THAT(problems(text()),
              ElementsAre("f.toml:3:22: discord.token_file: names a file whose content must be "
                          "printable ASCII without spaces or line ends, with or without `Bot ` "
                          "before it"));
}

TEST_F(token_file, a_huge_one_is_not_read_to_its_end) {
  write(std::string(10'000, 'x'));
  EXPECT_THAT(problems(text()),
              ElementsAre("f.toml:3:22: discord.token_file: names a file that cannot be read: "
                          "larger than 4096 bytes"));
}

}  // namespace
}  // namespace gatehouse::config
