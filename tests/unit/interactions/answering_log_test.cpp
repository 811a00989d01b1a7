#include "answering_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <log_capture.hpp>

namespace gatehouse::interactions {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class answering_log_test : public testing::Test {
 protected:
  test::log_capture captured_;
  answering_log log_{3, captured_.log()};
  statistics counted_;
};

TEST_F(answering_log_test, tells_once_that_a_stretch_begins) {
  EXPECT_TRUE(log_.began("http://bot/events"));
  EXPECT_FALSE(log_.began("http://bot/events"));
  EXPECT_THAT(captured_.lines(),
              ElementsAre("info: worker 3: handler http://bot/events does not answer: answering "
                          "interactions in its place"));
}

TEST_F(answering_log_test, tells_what_is_new_in_each_summary) {
  log_.began("http://bot/events");
  counted_.answered = {0, 0, 0, 0, 1, 20, 3, 0, 4};
  counted_.already_acknowledged = 5;
  EXPECT_TRUE(log_.summarize(counted_));
  counted_.answered[6] = 4;
  counted_.unknown = 6;
  counted_.failed = 7;
  EXPECT_TRUE(log_.summarize(counted_));
  ASSERT_THAT(captured_.lines(), SizeIs(3));
  EXPECT_EQ(captured_.lines()[1],
            "info: worker 3: interactions answered in their handler's place: 28 (20 commands and 3 "
            "components "
            "deferred, 4 autocompletes, 1 modals); 5 were answered already, 0 were too late, 0 "
            "failed");
  EXPECT_EQ(captured_.lines()[2],
            "info: worker 3: interactions answered in their handler's place: 1 (0 commands and 1 "
            "components "
            "deferred, 0 autocompletes, 0 modals); 0 were answered already, 6 were too late, 7 "
            "failed");
}

TEST_F(answering_log_test, a_stretch_ends_when_nothing_happens_any_more) {
  log_.began("http://bot/events");
  counted_.under_way = 1;
  EXPECT_TRUE(log_.summarize(counted_));
  EXPECT_FALSE(log_.began("http://bot/events"));
  counted_.under_way = 0;
  EXPECT_FALSE(log_.summarize(counted_));
  EXPECT_TRUE(log_.began("http://bot/events"));
  EXPECT_THAT(captured_.lines(), SizeIs(2));
}

TEST_F(answering_log_test, tells_the_first_failures_of_a_minute_without_their_tokens) {
  const runtime::time_point start{runtime::seconds{5}};
  for (int i = 0; i < 417; ++i) {
    log_.failed("/interactions/1/secret/callback", "HTTP 500", start + runtime::milliseconds{i});
  }
  ASSERT_THAT(captured_.lines(), SizeIs(telemetry::repeat_limit::burst));
  EXPECT_EQ(captured_.lines()[0], "warning: worker 3: POST /interactions/1/…/callback: HTTP 500");
  log_.failed("/interactions/3/secret/callback", "HTTP 502", start + runtime::seconds{60});
  ASSERT_THAT(captured_.lines(), SizeIs(telemetry::repeat_limit::burst + 2));
  EXPECT_EQ(captured_.lines()[5], "warning: worker 3: … and 412 more callbacks failed in 60 s");
  EXPECT_EQ(captured_.lines()[6], "warning: worker 3: POST /interactions/3/…/callback: HTTP 502");
  EXPECT_EQ(captured_.members()[6], R"(,"worker":3,"path":"/interactions/3/…/callback")");
}

}  // namespace
}  // namespace gatehouse::interactions
