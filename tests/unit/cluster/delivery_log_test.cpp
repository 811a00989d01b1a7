#include <gatehouse/cluster/delivery_log.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <log_capture.hpp>

namespace gatehouse::cluster {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class delivery_log_test : public testing::Test {
 protected:
  void refuse(std::string_view event_name = "MESSAGE_CREATE",
              std::string_view answer = "field required") {
    log_.refused({url_, event_name, "abc:7", 4, 422, "the handler answered with HTTP status 422",
                  answer, 300});
  }

  test::log_capture captured_;
  delivery_log log_{3, captured_.log()};
  const std::string url_ = "http://bot/events";
};

TEST_F(delivery_log_test, a_refusal_names_everything_that_one_looks_for) {
  refuse();
  ASSERT_THAT(captured_.lines(), SizeIs(1));
  EXPECT_EQ(captured_.lines()[0],
            "error: worker 3: handler http://bot/events refused MESSAGE_CREATE abc:7 of 300 bytes: "
            "the handler answered with HTTP status 422 \"field required\"; set aside");
  EXPECT_EQ(captured_.members()[0],
            R"(,"worker":3,"url":"http://bot/events","shard":4,"status":422,)"
            R"("event":"MESSAGE_CREATE","event_id":"abc:7")");
}

TEST_F(delivery_log_test, a_broken_deploy_does_not_fill_the_log) {
  for (int i = 0; i < 1'000; ++i) refuse();
  EXPECT_THAT(captured_.lines(), SizeIs(telemetry::repeat_limit::burst));
  log_.summarize(runtime::clock::now() + telemetry::repeat_limit::window);
  ASSERT_THAT(captured_.lines(), SizeIs(telemetry::repeat_limit::burst + 1));
  EXPECT_EQ(captured_.lines().back(),
            "error: worker 3: handler http://bot/events refused … and 995 more in 60 s; set aside");
  EXPECT_EQ(captured_.members().back(), R"(,"worker":3,"url":"http://bot/events","count":995)");
}

TEST_F(delivery_log_test, one_handler_does_not_take_the_lines_of_another) {
  for (int i = 0; i < 1'000; ++i) refuse();
  const auto before = captured_.lines().size();
  log_.refused({"http://other/", "TYPING_START", "abc:8", 0, 400, "no", "", 10});
  EXPECT_THAT(captured_.lines(), SizeIs(before + 1));
}

TEST_F(delivery_log_test, an_answer_is_cut_and_an_interactions_is_left_out) {
  refuse("MESSAGE_CREATE", std::string(500, 'x'));
  EXPECT_THAT(captured_.lines()[0], HasSubstr("xxx…\""));
  EXPECT_LT(captured_.lines()[0].size(), 400U);
  refuse("INTERACTION_CREATE", R"({"token":"secret"})");
  EXPECT_THAT(captured_.lines()[1], Not(HasSubstr("secret")));
}

TEST_F(delivery_log_test, a_handler_that_comes_and_goes_is_summed_up) {
  for (int i = 0; i < 50; ++i) {
    log_.handler_down(url_, "connection refused");
    log_.handler_up(url_, runtime::seconds{1});
  }
  const auto told = captured_.lines().size();
  log_.summarize(runtime::clock::now(), true);
  EXPECT_EQ(captured_.lines()[told],
            "warning: worker 3: handler http://bot/events was down … and 45 more times before the "
            "stop");
}

TEST_F(delivery_log_test, a_stop_tells_what_was_kept_back_at_once) {
  for (int i = 0; i < 50; ++i) refuse();
  log_.summarize(runtime::clock::now());
  EXPECT_THAT(captured_.lines(), SizeIs(telemetry::repeat_limit::burst));
  log_.summarize(runtime::clock::now(), true);
  EXPECT_THAT(captured_.lines().back(), HasSubstr("refused … and 45 more before the stop"));
}

}  // namespace
}  // namespace gatehouse::cluster
