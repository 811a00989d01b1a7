#include "config_text.hpp"

#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/effective.hpp>

#include <gtest/gtest.h>

#include <random>
#include <temporary_folder.hpp>

namespace gatehouse::config {
namespace {

const std::string marker = "MARKERsecret";

/// Values around the marker, valid and broken in every way the checks know.
std::vector<std::string> marked_values() {
  return {"'MARKERsecret'",
          "'Bot MARKERsecret'",
          "' MARKERsecret '",
          "\"MARKERsecret\\r\\n\"",
          "'${SECRET}'",
          "'${SECRET}${UNSET}'",
          "'${MARKERsecret'",
          "'${MARKERsecret-x}'",
          "'http://user:MARKERsecret@h/'",
          "'http://h:MARKERsecret/'",
          "'http://MARKERsecret,/'",
          "'http+unix:///MARKERsecret'",
          "'/nonexistent/MARKERsecret'",
          "['MARKERsecret', 5]",
          "['${SECRET}']",
          "['MARKERsecret_EVENT', 'MARKERsecret']",
          "{ name = 'MARKERsecret' }",
          "{ status = 'MARKERsecret', activities = [{ name = '', url = 'MARKERsecret' }] }",
          "[{ x = 'MARKERsecret' }]",
          "MARKERsecret",
          "'MARKERsecret",
          "\"\\MARKERsecret\"",
          "1MARKERsecret",
          "nMARKERsecret",
          "[[['MARKERsecret']]]"};
}

void expect_silence(const std::string& text) {
  const auto result =
      testing::load(text, {{"SECRET", marker}, {"SECRET_LINES", marker + "\r\n" + marker}});
  const auto shown = testing::joined(result.problems);
  EXPECT_EQ(shown.find("MARKER"), std::string::npos) << text << shown;
  if (result.config) {
    auto values = result.config->values;
    EXPECT_FALSE(effective_toml(values).empty());
  }
}

TEST(secrecy, no_mistake_at_any_key_shows_its_value) {
  for (const auto& row : definitions()) {
    for (const auto& what : marked_values()) {
      const bool route = row.section() == route_section;
      std::string text = route ? "[[events.route]]\n" : "[" + std::string(row.section()) + "]\n";
      expect_silence(text.append(row.leaf()).append(" = ").append(what).append("\n"));
    }
  }
}

TEST(secrecy, nor_does_a_mistaken_key) {
  for (const auto& row : definitions()) {
    for (const auto& what : marked_values()) {
      std::string text = "[" + std::string(row.section()) + "x]\n";
      expect_silence(text.append(row.leaf()).append("x = ").append(what).append("\n"));
    }
  }
}

TEST(secrecy, nor_do_many_mistakes_together) {
  std::mt19937 random(4711);  // the same files on every run
  const auto values = marked_values();
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (const auto section : sections()) {
      const bool route = section == route_section;
      text.append(route ? "[[" : "[").append(section).append(route ? "]]\n" : "]\n");
      for (const auto& row : definitions()) {
        if (row.section() != section || random() % 2 == 0) continue;
        // The first 19 are TOML, so that these files get past the parser.
        text.append(row.leaf()).append(" = ").append(values[random() % 19]).append("\n");
      }
    }
    expect_silence(text);
  }
}

TEST(secrecy, effective_output_hides_the_secrets_of_a_valid_file) {
  std::string text = testing::valid_start;
  text.replace(text.find("\"T\""), 3, "'${SECRET}'");
  text += "rest.authorization = '${SECRET}'\nadmin.authorization = '${SECRET}'\n";
  text += "[handlers]\nurls = ['http://h']\nauthorization = '${SECRET}'\n";
  text += "signing_secret = '${SECRET}'\n";
  const auto values = testing::settings_of(text, {{"SECRET", marker}});
  EXPECT_EQ(values.handlers.signing_secret, secret(marker));
  EXPECT_EQ(effective_toml(values).find(marker), std::string::npos);
}

TEST(secrecy, a_token_file_is_never_shown) {
  const test::temporary_folder folder;
  const std::string path = folder.path() / "token";
  const std::string text = "[discord]\nintents = 'x'\ntoken_file = '" + path + "'\n";
  const std::vector<std::string> contents{marker, marker + " x", "x\n" + marker};
  for (const auto& content : contents) {
    EXPECT_EQ(folder.write("token", content), path);
    expect_silence(text);
  }
}

TEST(secrecy, every_secret_of_the_settings_is_marked_in_the_table) {
  std::vector<std::string> keys;
  for (const auto& row : definitions()) {
    if (row.secret) keys.emplace_back(row.key);
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"discord.token", "rest.authorization",
                                            "handlers.authorization", "handlers.signing_secret",
                                            "nats.password", "nats.token", "admin.authorization"}));
}

}  // namespace
}  // namespace gatehouse::config
