#include <gatehouse/interactions/callback.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace gatehouse::interactions {
namespace {

using testing::HasSubstr;

constexpr const char* text_without_invite =
    "The bot is having a temporary issue, please try again.";

std::string dispatch(const std::string& type, const std::string& id = "\"846462639134605312\"",
                     const std::string& token = "\"aW50ZXJhY3Rpb246_-9\"") {
  return R"({"t":"INTERACTION_CREATE","s":7,"op":0,"d":{"version":1,"type":)" + type +
         R"(,"token":)" + token + R"(,"member":{"user":{"id":"5","token":"x","type":9}},"id":)" +
         id + R"(,"data":{"id":"6","type":1}}})";
}

config::interaction_settings telling(std::string message, std::string invite_code = {}) {
  config::interaction_settings settings;
  settings.message = std::move(message);
  settings.invite_code = std::move(invite_code);
  return settings;
}

config::interaction_settings ephemeral(std::string message = {}) {
  auto settings = telling(std::move(message));
  settings.ephemeral = true;
  return settings;
}

std::string body_for(int type, const config::interaction_settings& settings) {
  const auto made = make_callback(dispatch(std::to_string(type)), settings);
  return made ? made->body : "nothing";
}

TEST(make_callback, defers_commands) {
  EXPECT_EQ(make_callback(dispatch("2"), {}),
            (callback{.route = "/interactions/846462639134605312/aW50ZXJhY3Rpb246_-9/callback",
                      .body = R"({"type":5})",
                      .type = 5,
                      .deferred = 5}));
}

TEST(make_callback, defers_components) {
  EXPECT_EQ(make_callback(dispatch("3"), ephemeral()),
            (callback{.route = "/interactions/846462639134605312/aW50ZXJhY3Rpb246_-9/callback",
                      .body = R"({"type":6})",
                      .type = 6,
                      .deferred = 6}));
}

TEST(make_callback, a_deferral_can_be_ephemeral) {
  EXPECT_EQ(body_for(2, ephemeral()), R"({"type":5,"data":{"flags":64}})");
}

TEST(make_callback, answers_autocomplete_with_one_choice) {
  const auto made = make_callback(dispatch("4"), telling("a \"b\""));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->body,
            R"({"type":8,"data":{"choices":[{"name":"a \"b\"","value":"unavailable"}]}})");
  EXPECT_EQ(made->type, 8);
  EXPECT_EQ(made->deferred, 0);
  EXPECT_TRUE(made->is_final_when_accepted);
}  // namespace

TEST(make_callback, a_choice_has_at_most_100_characters) {
  EXPECT_THAT(body_for(4, telling(std::string(101, 'a'))),
              HasSubstr("\"" + std::string(100, 'a') + "\""));
  std::string accents;
  for (int i = 0; i < 101; ++i) accents += "é";
  EXPECT_THAT(body_for(4, telling(accents)), HasSubstr("\"" + accents.substr(2) + "\""));
}

TEST(make_callback, answers_modals_with_a_message) {
  const auto made = make_callback(dispatch("5"), telling("later"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->body, R"({"type":4,"data":{"content":"later"}})");
  EXPECT_EQ(made->type, 4);
  EXPECT_EQ(made->deferred, 0);
  EXPECT_TRUE(made->is_final_when_accepted);
  EXPECT_EQ(body_for(5, ephemeral("later")), R"({"type":4,"data":{"content":"later","flags":64}})");
}

TEST(make_callback, a_message_has_at_most_2000_characters) {
  std::string many_invites;
  for (int i = 0; i < 200; ++i) many_invites += "{invite}";
  EXPECT_THAT(body_for(5, telling(many_invites, std::string(64, 'x'))),
              HasSubstr("\"" + std::string(2'000, 'x') + "\""));
}

TEST(make_callback, leaves_other_interaction_types_alone) {
  for (const auto* const type : {"1", "0", "6", "-2", "2.5", "\"2\"", "null", "4294967298"}) {
    EXPECT_FALSE(make_callback(dispatch(type), {})) << type;
  }
}

TEST(make_callback, takes_only_an_id_and_a_token_that_keep_to_their_place) {
  for (const auto* const id : {"1", "\"\"", "\"0\"", "\"12a\"", "\"../1\"", "null"}) {
    EXPECT_FALSE(make_callback(dispatch("2", id), {})) << id;
  }
  for (const auto* const token : {"7", "\"\"", "\"a/b\"", "\"a?b\"", "\"a#b\"", "\"a%2Fb\"",
                                  "\"a b\"", "\"a\\r\\nb\"", "\"..\"", "\"é\""}) {
    EXPECT_FALSE(make_callback(dispatch("2", "\"1\"", token), {})) << token;
  }
  const auto long_token = std::string(1'025, 'a');
  EXPECT_FALSE(make_callback(dispatch("2", "\"1\"", '"' + long_token + '"'), {}));
  EXPECT_TRUE(make_callback(dispatch("2", "\"1\"", '"' + long_token.substr(1) + '"'), {}));
}

TEST(make_callback, understands_nothing_else) {
  EXPECT_FALSE(make_callback("", {}));
  EXPECT_FALSE(make_callback("[]", {}));
  EXPECT_FALSE(make_callback(R"({"t":"INTERACTION_CREATE","d":null})", {}));
  EXPECT_FALSE(make_callback(R"({"t":"MESSAGE_CREATE","d":{"id":"1","token":"a","type":2}})", {}));
  EXPECT_FALSE(make_callback(R"({"t":"INTERACTION_CREATE","d":{"id":"1","type":2}})", {}));
  EXPECT_FALSE(make_callback(dispatch("2").substr(0, 100), {}));
}

TEST(message_text, is_the_built_in_one_unless_told) {
  EXPECT_EQ(message_text({}), text_without_invite);
  EXPECT_EQ(message_text(telling("", "abc")),
            "The bot is having a temporary issue, please try again or contact us at "
            "https://discord.gg/abc");
}

TEST(message_text, replaces_every_invite) {
  EXPECT_EQ(message_text(telling("{invite} or {invite}!", "a{invite}")), "a{invite} or a{invite}!");
  EXPECT_EQ(message_text(telling("soon {invites}{invite")), "soon {invites}{invite");
  EXPECT_EQ(message_text(telling("see {invite}.")), "see .");
}

TEST(message_text, is_never_blank) {
  EXPECT_EQ(message_text(telling(" {invite}\n")), text_without_invite);
}

TEST(first_characters, never_cuts_one_in_two) {
  const std::string_view text = "aé€😀z";
  EXPECT_EQ(first_characters(text, 0), "");
  EXPECT_EQ(first_characters(text, 1), "a");
  EXPECT_EQ(first_characters(text, 2), "aé");
  EXPECT_EQ(first_characters(text, 3), "aé€");
  EXPECT_EQ(first_characters(text, 4), "aé€😀");
  EXPECT_EQ(first_characters(text, 5), text);
  EXPECT_EQ(first_characters(text, 6), text);
}

TEST(replace_body, a_deferral_is_no_final_answer) {
  callback made{.route = "/r", .body = "x", .type = 4, .is_final_when_accepted = true};
  replace_body(made, deferred_channel_message, R"({"type":5})");
  EXPECT_EQ(made, (callback{.route = "/r", .body = R"({"type":5})", .type = 5, .deferred = 5}));
  replace_body(made, channel_message, R"({"type":4})");
  EXPECT_EQ(
      made,
      (callback{
          .route = "/r", .body = R"({"type":4})", .type = 4, .is_final_when_accepted = true}));
}

}  // namespace
}  // namespace gatehouse::interactions
