#include "admin_target.hpp"

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/app/remote.hpp>

#include <gmock/gmock.h>

#include <certificates.hpp>
#include <deque>
#include <log_capture.hpp>
#include <memory>
#include <mutex>
#include <sstream>
#include <temporary_folder.hpp>

namespace gatehouse::app {
namespace {

using admin::access;
using admin::answer_with;
using admin::request;
using admin::response;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

config::environment no_environment() {
  return [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
}

class find_admin_test : public testing::Test {
 protected:
  target_result find(const std::string& admin_table, const config::environment& env) {
    access_.from.path = folder_.write(
        "a.toml",
        "[discord]\ntoken_file = \"${CREDENTIALS_DIRECTORY}/t\"\n[admin]\n" + admin_table);
    return find_admin(access_, env);
  }

  test::temporary_folder folder_;
  admin_access access_;
};

TEST_F(find_admin_test, what_only_the_daemon_knows_does_not_matter) {
  const auto found = find("listen = '127.0.0.1:81'\nauthorization = 'x'", no_environment());
  ASSERT_TRUE(found.target) << found.problems.front();
  EXPECT_EQ(found.target->origin.to_string(), "http://127.0.0.1:81/");
  EXPECT_TRUE(found.target->authorization.equals("x"));
}

TEST_F(find_admin_test, what_listens_everywhere_is_reached_here) {
  auto found = find("listen = '0.0.0.0:81'\nauthorization = 'x'", no_environment());
  EXPECT_EQ(found.target.value().origin.host, "127.0.0.1");
  found = find("listen = '[::]:81'\nauthorization = 'x'", no_environment());
  EXPECT_EQ(found.target.value().origin.host, "::1");
}

TEST_F(find_admin_test, a_certificate_makes_it_https_and_is_pinned) {
  const auto found =
      find("listen = 'localhost:81'\ncertificate_file = 'a'\nkey_file = 'b'", no_environment());
  EXPECT_EQ(found.target.value().origin.scheme, net::url_scheme::https);
  EXPECT_EQ(found.target->pinned_certificate_file, "a");
}

TEST_F(find_admin_test, the_secret_comes_from_file_environment_or_configuration) {
  const config::environment env = [](const std::string& name) -> std::optional<std::string> {
    if (name == "GATEHOUSE_ADMIN_AUTHORIZATION") return "from environment";
    return std::nullopt;
  };
  const auto* const table = "authorization = '${NOT_SET_HERE}'";
  EXPECT_THAT(find(table, no_environment()).problems,
              ElementsAre(HasSubstr(":4:17: admin.authorization: ")));
  EXPECT_TRUE(find(table, env).target.value().authorization.equals("from environment"));
  access_.authorization_file = folder_.write("secret", "from file\n");
  EXPECT_TRUE(find(table, env).target.value().authorization.equals("from file"));
  access_.authorization_file = (folder_.path() / "missing").string();
  EXPECT_THAT(find(table, env).problems, ElementsAre(HasSubstr("missing")));
}

TEST_F(find_admin_test, an_address_needs_no_configuration) {
  access_.url = "https://gateway.example:9443";
  const auto found = find("listen = 5", no_environment());
  ASSERT_TRUE(found.target);
  EXPECT_EQ(found.target->origin.to_string(), "https://gateway.example:9443/");
  access_.url = "gateway.example";
  EXPECT_THAT(find("", no_environment()).problems,
              ElementsAre("--admin wants a URL: http://gateway.example"));
  access_.url = "ws://gateway.example";
  EXPECT_THAT(find("", no_environment()).problems, ElementsAre(StartsWith("--admin ")));
}

TEST_F(find_admin_test, a_port_that_is_not_known_is_said) {
  EXPECT_THAT(find("listen = ''", no_environment()).problems, ElementsAre(HasSubstr("is off")));
  EXPECT_THAT(find("listen = '127.0.0.1:0'", no_environment()).problems,
              ElementsAre(HasSubstr("--admin URL")));
  EXPECT_THAT(find("listen = 7", no_environment()).problems,
              ElementsAre(HasSubstr(":4:10: admin.listen: ")));
  access_.from.path = (folder_.path() / "missing.toml").string();
  EXPECT_THAT(find_admin(access_, no_environment()).problems,
              ElementsAre(HasSubstr("missing.toml")));
}

/// Commands against a server that answers what the daemon would.
class remote_test : public testing::Test {
 protected:
  remote_test() {
    options_.listen = {"127.0.0.1", 0};
    answer("GET", "/status", {.body = R"({"version":"9.9.9","shards":2,"connected":2})"});
    answer("GET", "/workers", {.body = "[]"});
    answer("GET", "/shards", {.body = "[]"});
  }

  /// Answers of one route, one after another; the last one for ever.
  void answer(const std::string& method, const std::string& path, response reply) {
    const std::lock_guard lock{mutex_};
    auto& queue = answers_[method + path];
    queue.push_back(std::move(reply));
    if (queue.size() > 1) return;
    rows_.push_back({method, path, access::authorized, answer_with([this](const request& asked) {
                       const std::lock_guard guard{mutex_};
                       asked_.push_back(asked.method + ' ' + asked.path + ' ' + asked.body);
                       auto& waiting = answers_[asked.method + asked.path];
                       response next = waiting.front();
                       if (waiting.size() > 1) waiting.pop_front();
                       return next;
                     })});
  }

  admin_access start() {
    server_ = std::make_unique<admin::admin_server>(options_, rows_, log_.log());
    const bool is_tls = !options_.certificate_file.empty();
    return {.from = {},
            .url = std::string{is_tls ? "https" : "http"} +
                   "://127.0.0.1:" + std::to_string(server_->bound_port())};
  }

  template <class Command>
  int run(int (*function)(const Command&, const console&), const Command& command) {
    out_.str({});
    errors_.str({});
    return function(command, {out_, errors_, is_terminal_, false});
  }

  test::temporary_folder folder_;
  test::log_capture log_;
  admin::admin_options options_;
  std::mutex mutex_;
  std::map<std::string, std::deque<response>> answers_;
  std::vector<std::string> asked_;
  std::vector<admin::route> rows_;
  std::unique_ptr<admin::admin_server> server_;
  std::ostringstream out_;
  std::ostringstream errors_;
  bool is_terminal_ = false;
};

TEST_F(remote_test, status_is_shown_as_table_and_as_json) {
  const auto access = start();
  EXPECT_EQ(run(run_status, {access}), stopped_as_asked);
  EXPECT_THAT(out_.str(), AllOf(StartsWith("not ready\n"), HasSubstr("gatehouse 9.9.9,"),
                                HasSubstr("2 of 2 connected")));
  EXPECT_EQ(run(run_status, {access, true}), stopped_as_asked);
  EXPECT_EQ(out_.str(), R"({"verdict":null,"status":{"version":"9.9.9","shards":2,"connected":2},)"
                        "\"workers\":[],\"shards\":[],\"queue\":null}\n");
}

TEST_F(remote_test, nobody_there_is_said_with_the_address) {
  const auto access = start();
  server_.reset();
  EXPECT_EQ(run(run_status, {access}), failed);
  EXPECT_THAT(errors_.str(),
              AllOf(StartsWith("gatehouse: no daemon answers at " + access.url + "/: "),
                    HasSubstr("refused")));
}

TEST_F(remote_test, the_secret_is_sent_and_its_lack_is_said) {
  options_.authorization = config::secret{"s"};
  auto access = start();
  EXPECT_EQ(run(run_status, {access}), failed);
  EXPECT_THAT(errors_.str(), HasSubstr("asks for a secret"));
  access.authorization_file = folder_.write("wrong", "t\n");
  EXPECT_EQ(run(run_status, {access}), failed);
  EXPECT_THAT(errors_.str(), HasSubstr("does not accept the secret"));
  access.authorization_file = folder_.write("right", "s\n");
  EXPECT_EQ(run(run_status, {access}), stopped_as_asked) << errors_.str();
}

TEST_F(remote_test, tls_by_the_certificate_of_the_configuration) {
  const auto identity = test::authority{}.issue("DNS:elsewhere.example");
  options_.certificate_file = folder_.write("admin.pem", identity.certificate_pem);
  options_.key_file = folder_.write("admin.key", identity.key_pem);
  const auto by_url = start();
  EXPECT_EQ(run(run_status, {by_url}), failed) << "nobody has vouched for it";
  const auto file = folder_.write(
      "a.toml", "[admin]\nlisten = '127.0.0.1:" + std::to_string(server_->bound_port()) +
                    "'\ncertificate_file = '" + options_.certificate_file + "'\nkey_file = 'k'\n");
  EXPECT_EQ(run(run_status, {admin_access{.from = {.path = file}}}), stopped_as_asked)
      << errors_.str();
}

TEST_F(remote_test, a_reshard_is_followed_to_its_end) {
  answer("POST", "/reshard",
         {.status = 202,
          .body = R"({"result":"started","from":4,"to":8,"identifiesNeeded":8,)"
                  R"("identifiesLeft":992,"durationMs":45000})"});
  answer("GET", "/reshard", {.body = R"({"phase":"identifying","from":4,"to":8,"connected":3})"});
  answer("GET", "/reshard", {.body = R"({"phase":"idle","lastResult":"done"})"});
  reshard_command command{.access = start(), .total_shards = 8};
  EXPECT_EQ(run(run_reshard, command), stopped_as_asked);
  EXPECT_EQ(out_.str(),
            "resharding 4 -> 8 shards, in about 45 s; 8 identifies needed, 992 are left\n"
            "identifying: 4 -> 8 shards, 3/8 connected, 0 loaded\n"
            "done\n");
  EXPECT_EQ(asked_.front(), R"(POST /reshard {"totalShards":8})");
}

TEST_F(remote_test, a_reshard_that_was_rolled_back_is_a_failure) {
  answer("POST", "/reshard", {.status = 202, .body = R"({"from":4,"to":8})"});
  answer("GET", "/reshard", {.body = R"({"phase":"idle","lastResult":"timed out"})"});
  EXPECT_EQ(run(run_reshard, {.access = start()}), failed);
  EXPECT_THAT(errors_.str(), HasSubstr("timed out"));
  EXPECT_EQ(run(run_reshard, {.access = start(), .waits = false}), stopped_as_asked);
}

TEST_F(remote_test, a_reshard_is_planned_refused_and_rolled_back) {
  answer("POST", "/reshard", {.body = R"({"from":4,"to":8,"identifiesLeft":null})"});
  answer("POST", "/reshard", {.status = 409, .body = R"({"error":"one is under way"})"});
  answer("DELETE", "/reshard", {.status = 202, .body = R"({"result":"rolling back"})"});
  const auto access = start();
  using action = reshard_command::action;
  EXPECT_EQ(run(run_reshard, {.what = action::plan, .access = access}), stopped_as_asked);
  EXPECT_THAT(out_.str(), StartsWith("would reshard 4 -> 8 shards"));
  EXPECT_EQ(asked_.front(), R"(POST /reshard {"dryRun":true})");
  EXPECT_EQ(run(run_reshard, {.access = access}), failed);
  EXPECT_EQ(errors_.str(), "gatehouse: refused: one is under way\n");
  EXPECT_EQ(run(run_reshard, {.what = action::cancel, .access = access}), stopped_as_asked);
  EXPECT_EQ(out_.str(), "rolling back\n");
}

TEST_F(remote_test, the_configuration_is_printed_and_reloaded) {
  answer("GET", "/config", {.body = R"({"revision":2,"file":"/etc/g.toml","values":{}})"});
  answer("GET", "/config", {.body = "[log]\n"});
  answer("POST", "/config/reload",
         {.body = R"({"applied":true,"revision":3,"changed":["a","b"],"needsRestart":["c"]})"});
  answer("POST", "/config/reload",
         {.status = 422, .body = R"({"error":"e","revision":3,"problems":["f:1:1: x: y"]})"});
  const auto access = start();
  EXPECT_EQ(run(run_config, {access}), stopped_as_asked);
  EXPECT_EQ(out_.str(), "# revision 2, /etc/g.toml\n[log]\n");
  EXPECT_EQ(run(run_config, {access, false, true}), stopped_as_asked);
  EXPECT_EQ(out_.str(),
            "revision 3 is in force\nchanged: a, b\nonly a restart brings into effect: c\n");
  EXPECT_EQ(run(run_config, {access, false, true}), bad_configuration);
  EXPECT_EQ(errors_.str(), "f:1:1: x: y\nnothing has changed\n");
}

TEST_F(remote_test, another_server_on_the_port_is_recognised) {
  rows_.clear();
  EXPECT_EQ(run(run_status, {start()}), failed);
  EXPECT_THAT(errors_.str(), HasSubstr("does not know /status; is it gatehouse"));
}

}  // namespace
}  // namespace gatehouse::app
