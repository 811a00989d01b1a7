#include "config_text.hpp"

#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/documentation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <temporary_folder.hpp>

namespace gatehouse::config {
namespace {

constexpr auto advice = "run gatehouse-config-docs with the root of the source tree";

std::string content(const std::string& path) {
  return test::read_file(std::string(SOURCE_ROOT) + "/" + path);
}

/// A directory with a credential, as systemd would make it.
class shipped_file : public ::testing::Test {
 protected:
  shipped_file() { EXPECT_NE(folder_.write("discord-token", "T\n"), ""); }

  [[nodiscard]] settings load(const std::string& text) const {
    return testing::settings_of(text, {{"CREDENTIALS_DIRECTORY", folder_.path()},
                                       {"DISCORD_TOKEN", "D"},
                                       {"REST_AUTHORIZATION", "r"},
                                       {"HANDLER_AUTHORIZATION", "h"},
                                       {"HANDLER_SIGNING_SECRET", "s"},
                                       {"NATS_PASSWORD", "n"},
                                       {"ADMIN_AUTHORIZATION", "a"}});
  }

  const test::temporary_folder folder_;
};

/// The example with lines that begin with `prefix` made real.
std::string uncommented(const std::string& text, const std::vector<std::string>& prefixes) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    for (const auto& prefix : prefixes) {
      if (line.starts_with(prefix)) line.erase(0, prefix.size());
    }
    out += line + "\n";
  }
  return out;
}

settings example_settings() {
  settings values;
  values.discord.token = secret("T");
  values.discord.intents = 513;
  values.handlers.urls = {"http://127.0.0.1:8081"};
  return values;
}

TEST(documentation, the_reference_is_what_the_table_says) {
  EXPECT_TRUE(content("docs/configuration.md") == render_reference()) << advice;
  EXPECT_TRUE(content("config/gatehouse.toml.5") == render_manual()) << advice;
}

TEST(documentation, the_example_is_what_the_table_says) {
  EXPECT_TRUE(content("config/gatehouse.toml") == render_example()) << advice;
}

TEST(documentation, names_every_key) {
  for (const auto& row : definitions()) {
    const std::string leaf(row.leaf());
    EXPECT_THAT(render_reference(), ::testing::HasSubstr("| `" + leaf + "` |"));
    EXPECT_THAT(render_example(), ::testing::HasSubstr(leaf + " = "));
  }
}

TEST_F(shipped_file, is_valid) {
  EXPECT_EQ(load(render_example()), example_settings());
}

TEST_F(shipped_file, its_defaults_are_the_defaults) {
  std::vector<std::string> prefixes;
  std::size_t expected = 0;
  for (const auto& row : definitions()) expected += row.has_default() ? 1U : 0U;
  const auto text = uncommented(render_example(), {"#"});  // prose lines begin with "# "
  std::string kept;
  std::istringstream lines(text);
  std::size_t found = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool prose = line.starts_with(' ') || line.starts_with("example: ");
    const bool setting = !prose && line.find(" = ") != std::string::npos;
    found += setting ? 1U : 0U;
    if (!prose) kept += line + "\n";
  }
  EXPECT_EQ(found, expected + 3);  // the three that are set in the file
  EXPECT_EQ(load(kept), example_settings());
}

TEST_F(shipped_file, its_examples_are_valid) {
  auto text = uncommented(render_example(), {"#example: "});
  text.erase(text.find("token = \"${DISCORD_TOKEN}\""), 26);  // token_file is set already
  text.erase(text.find("token = \"${NATS_TOKEN}\""), 23);     // and a user for the servers
  const auto values = load(text);
  EXPECT_EQ(values.handlers.signing_secret, secret("s"));
  EXPECT_EQ(values.admin.authorization, secret("a"));
  EXPECT_EQ(values.nats.password, secret("n"));
  ASSERT_EQ(values.events.routes.size(), 1U);
  EXPECT_FALSE(values.discord.presence.empty());
}

TEST(documentation, lines_of_the_example_fit_a_terminal) {
  std::istringstream lines(render_example());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 105U) << line;
}

}  // namespace
}  // namespace gatehouse::config
