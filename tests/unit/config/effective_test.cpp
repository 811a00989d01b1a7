#include "config_text.hpp"

#include <gatehouse/config/effective.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Every kind of value away from its default, with text that is hard to print.
const std::string rich = R"(
[discord]
token = "Bot secret-token"
intents = ["GUILDS", "MESSAGE_CONTENT"]
compression = "none"
presence = { status = "idle", activities = [{ name = "a: \"b\", $${c} \\ \n", type = 2 }], since = 5 }
properties = { os = "q\"u\\o $${x}" }
[rest]
url = "http://h:1/api"
authorization = "secret-rest"
[handlers]
urls = ["http://a", "http+unix:///s:/r"]
authorization = "secret-handler"
signing_secret = "secret-signing"
envelope = "payload"
[events]
only = ["A", "B"]
[[events.route]]
events = ["A"]
urls = ["http://a1"]
[[events.route]]
events = ["B"]
urls = ["http://b1", "http://b2"]
[queue]
memory_mb = 7
max_age_s = 9
shed = []
[interactions]
defer = false
message = "tab\tend"
[admin]
listen = "0.0.0.0:1"
authorization = "secret-admin"
[log]
level = "warn"
file = "/var/log/g\u00e9.log"
[controllers]
libraries = ["/a.so"]
)";

settings without_secrets(settings values) {
  for (secret* each :
       {&values.discord.token, &values.rest.authorization, &values.handlers.authorization,
        &values.handlers.signing_secret, &values.admin.authorization}) {
    if (!each->empty()) *each = secret("hidden");
  }
  return values;
}

TEST(effective, loads_again_to_the_same_settings) {
  for (const auto& text : {rich, testing::handler_start}) {
    const auto values = testing::settings_of(text);
    auto shown = effective_toml(values);
    for (auto at = shown.find("<hidden>"); at != shown.npos; at = shown.find("<hidden>")) {
      shown.replace(at, 8, "hidden");
    }
    EXPECT_EQ(testing::settings_of(shown), without_secrets(values)) << shown;
  }
}

TEST(effective, hides_every_secret) {
  const auto text = effective_toml(testing::settings_of(rich));
  EXPECT_THAT(text, Not(HasSubstr("secret-")));
  EXPECT_THAT(text, HasSubstr("[discord]\ntoken = \"<hidden>\"\n"));
  EXPECT_THAT(text, HasSubstr("signing_secret = \"<hidden>\"\n"));
}

TEST(effective, hides_queries_of_handlers) {
  const auto text = effective_toml(testing::settings_of(
      testing::valid_start + "handlers.urls = [\"http://h/a?key=secret-query\", \"http://h/b\"]\n" +
      "[[events.route]]\nevents = [\"A\"]\nurls = [\"http://h/c?secret-query\"]\n"));
  EXPECT_THAT(text, Not(HasSubstr("secret-query")));
  EXPECT_THAT(text, HasSubstr("urls = [\"http://h/a?<hidden>\", \"http://h/b\"]\n"));
}

TEST(effective, is_readable) {
  const auto text = effective_toml(testing::settings_of(rich));
  EXPECT_THAT(text, HasSubstr("intents = [\"GUILDS\", \"MESSAGE_CONTENT\"]\n"));
  EXPECT_THAT(text, HasSubstr("presence = {\"since\" = 5, \"activities\" = [{\"name\" = "));
  EXPECT_THAT(text, HasSubstr("\n[queue]\nmemory_mb = 7\nspool_after_ms = 1000\n"));
  EXPECT_THAT(text, HasSubstr("\n[[events.route]]\nevents = [\"B\"]\n"
                              "urls = [\"http://b1\", \"http://b2\"]\n"));
}

TEST(effective, leaves_out_what_is_not_set_and_has_no_default) {
  const auto text = effective_toml(testing::settings_of(testing::handler_start));
  EXPECT_THAT(text, Not(HasSubstr("authorization")));
  EXPECT_THAT(text, Not(HasSubstr("token_file")));
  EXPECT_THAT(text, Not(HasSubstr("presence")));
  EXPECT_THAT(text, HasSubstr("gateway_url = \"\"\n"));
}

/// What needs a restart and what does not, each right in its own file.
TEST(check_merged, the_admin_port_is_not_opened_by_a_reload) {
  const auto running = testing::settings_of(
      testing::handler_start + "admin = { listen = \"0.0.0.0:1\", authorization = \"secret\" }\n");
  const auto wanted = testing::settings_of(testing::handler_start);
  EXPECT_THAT(check_merged(merge(running, wanted)),
              ElementsAre(HasSubstr("admin.authorization: is needed")));
  EXPECT_THAT(check_merged(running), IsEmpty());
  EXPECT_THAT(check_merged(merge(wanted, running)), IsEmpty());
}

TEST(check_merged, a_stream_needs_servers_from_the_start_on) {
  const auto running = testing::settings_of(testing::handler_start);
  auto wanted = running;
  wanted.handlers.urls = {"jetstream:discord.events"};
  wanted.nats.servers = {"nats://127.0.0.1:4222"};
  EXPECT_THAT(check_merged(merge(running, wanted)), ElementsAre(HasSubstr("nats.servers")));
  EXPECT_THAT(check_merged(wanted), IsEmpty());
  auto routed = running;
  routed.events.routes = {{{"TYPING_START"}, {"jetstream:discord.typing"}}};
  EXPECT_THAT(check_merged(merge(running, routed)), ElementsAre(HasSubstr("nats.servers")));
}

TEST(compare, equal_settings_have_no_difference) {
  const auto values = testing::settings_of(rich);
  EXPECT_THAT(compare(values, values).reloadable, IsEmpty());
  EXPECT_THAT(compare(values, values).needs_restart, IsEmpty());
}

TEST(compare, tells_what_a_reload_can_change) {
  const auto running = testing::settings_of(testing::handler_start);
  const auto found = compare(running, testing::settings_of(rich));
  EXPECT_THAT(found.needs_restart,
              ElementsAre("discord.token", "discord.intents", "discord.compression",
                          "discord.properties.os", "rest.url", "rest.authorization", "admin.listen",
                          "log.file", "controllers.libraries"));
  EXPECT_THAT(
      found.reloadable,
      ElementsAre("discord.presence", "handlers.urls", "handlers.authorization",
                  "handlers.envelope", "handlers.signing_secret", "events.only", "queue.memory_mb",
                  "queue.shed", "queue.max_age_s", "interactions.defer", "interactions.message",
                  "admin.authorization", "log.level", "events.route"));
}

}  // namespace
}  // namespace gatehouse::config
