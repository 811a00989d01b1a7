#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string stream_start = testing::valid_start + "handlers.urls = ['jetstream:a.b']\n";

std::vector<std::string> problems(const std::string& text) {
  return testing::problems(stream_start + text);
}

TEST(nats, a_stream_needs_servers) {
  EXPECT_THAT(problems(""), ElementsAre(HasSubstr("handlers.urls: is a stream of NATS, and "
                                                  "nats.servers is not set")));
  EXPECT_THAT(problems("nats.servers = ['nats://127.0.0.1:4222']"), IsEmpty());
  EXPECT_THAT(testing::problems(testing::handler_start +
                                "[[events.route]]\nevents = ['A']\nurls = ['jetstream:a']"),
              ElementsAre(HasSubstr("events.route.urls: is a stream of NATS")));
}

TEST(nats, its_subject_is_one_that_words_can_follow) {
  const auto handler = [](const std::string& url) {
    return testing::problems(testing::valid_start + "handlers.urls = ['" + url +
                             "']\nnats.servers = ['nats://127.0.0.1:4222']");
  };
  for (const auto* url : {"jetstream:a", "jetstream:a.b-c.D_9"}) {
    EXPECT_THAT(handler(url), IsEmpty()) << url;
  }
  for (const auto* url : {"jetstream:", "jetstream:.a", "jetstream:a.", "jetstream:a..b",
                          "jetstream:a.*", "jetstream:>", "jetstream:a b", "jetstream://a"}) {
    EXPECT_THAT(handler(url), ElementsAre(HasSubstr("has a bad subject"))) << url;
  }
}

TEST(nats, servers_are_addresses_and_nothing_else) {
  const auto server = [](const std::string& url) {
    return problems("nats.servers = ['" + url + "']\nnats.token = 'x'");
  };
  for (const auto* url : {"nats://h:4222", "tls://h", "nats://[::1]:1"}) {
    EXPECT_THAT(server(url), IsEmpty()) << url;
  }
  EXPECT_THAT(server("http://h:4222"), ElementsAre(HasSubstr("nats:// and tls://")));
  EXPECT_THAT(server("nats://secret@h:4222"), ElementsAre(HasSubstr("must not contain a user")));
  EXPECT_THAT(server("nats://h:4222/x"), ElementsAre(HasSubstr("must end after the port")));
  EXPECT_THAT(server("nats://h:0"), ElementsAre(HasSubstr("bad port")));
}

TEST(nats, there_is_one_way_of_credentials) {
  const std::string servers = "[nats]\nservers = ['nats://h:4222']\n";
  EXPECT_THAT(problems(servers), ElementsAre(HasSubstr("is not a loopback address")));
  EXPECT_THAT(problems(servers + "user = 'u'\npassword = 'p'"), IsEmpty());
  EXPECT_THAT(problems(servers + "token = 't'"), IsEmpty());
  EXPECT_THAT(problems(servers + "credentials_file = '/c'"), IsEmpty());
  EXPECT_THAT(problems(servers + "user = 'u'"), ElementsAre(HasSubstr("without nats.password")));
  EXPECT_THAT(problems(servers + "token = 't'\nuser = 'u'\npassword = 'p'"),
              ElementsAre(HasSubstr("nats.token: is set besides nats.user")));
}

TEST(nats, certificates_are_for_tls) {
  EXPECT_THAT(problems("[nats]\nservers = ['nats://127.0.0.1:4222']\nca_file = '/ca'"),
              ElementsAre(HasSubstr("no server of nats.servers is tls://")));
  EXPECT_THAT(problems("[nats]\nservers = ['tls://127.0.0.1:4222']\nca_file = '/ca'"), IsEmpty());
  EXPECT_THAT(problems("[nats]\nservers = ['tls://h']\ncertificate_file = '/c'"),
              ElementsAre(HasSubstr("without nats.key_file")));
}

}  // namespace
}  // namespace gatehouse::config
