#include <gatehouse/admin/routes_dashboard.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <loopback.hpp>
#include <string>
#include <vector>

namespace gatehouse::admin {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class routes_dashboard_test : public test::loopback {
 protected:
  routes_dashboard_test() { add_dashboard_route(rows_); }

  response ask(bool authorized) {
    response result;
    run([&]() -> test::awaitable<void> {
      request asked;
      asked.authorized = authorized;
      result = co_await rows_.at(0).answer(asked);
    });
    return result;
  }

  static std::string header(const response& of, const std::string& name) {
    const auto found = std::find_if(of.headers.begin(), of.headers.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found == of.headers.end() ? std::string{} : found->second;
  }

  std::vector<route> rows_;
};

TEST_F(routes_dashboard_test, is_one_open_row) {
  ASSERT_EQ(rows_.size(), 1U);
  EXPECT_EQ(rows_[0].method, "GET");
  EXPECT_EQ(rows_[0].pattern, "/");
  EXPECT_EQ(rows_[0].needs, access::open);
}

TEST_F(routes_dashboard_test, whoever_is_authorized_gets_the_whole_page) {
  const auto answer = ask(true);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(answer.body, AllOf(StartsWith("<!doctype html>"), EndsWith("</html>\n"),
                                 HasSubstr("id=\"serving\""), HasSubstr("new Dashboard().run();")));
}

TEST_F(routes_dashboard_test, others_get_it_too_and_it_asks_for_the_secret) {
  const auto answer = ask(false);
  EXPECT_EQ(answer.status, 401U);
  EXPECT_EQ(answer.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(answer.body, ask(true).body);
  EXPECT_THAT(answer.body, HasSubstr("type=\"password\""));
}

TEST_F(routes_dashboard_test, the_page_is_in_one_piece) {
  EXPECT_THAT(ask(true).body, AllOf(Not(HasSubstr("rel=\"stylesheet\"")), Not(HasSubstr(" src=\"")),
                                    Not(HasSubstr("\nimport ")), Not(HasSubstr("\nexport "))));
}

TEST_F(routes_dashboard_test, nothing_but_the_inline_elements_may_run) {
  for (const bool authorized : {true, false}) {
    const auto answer = ask(authorized);
    const auto policy = header(answer, "Content-Security-Policy");
    EXPECT_THAT(policy, AllOf(StartsWith("default-src 'none'; script-src 'sha256-"),
                              HasSubstr("; style-src 'sha256-"), HasSubstr("connect-src 'self'"),
                              HasSubstr("frame-ancestors 'none'"), Not(HasSubstr("unsafe"))));
    EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(answer, "X-Frame-Options"), "DENY");
  }
}

}  // namespace
}  // namespace gatehouse::admin
