#include "metric_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace gatehouse::admin {
namespace {

TEST(metric_text, writes_families_with_their_samples) {
  metric_text text;
  text.family("gatehouse_things_total", metric_text::kind::counter, "Things seen.");
  text.sample({{"kind", "small"}, {"place", "here"}}, std::uint64_t{12});
  text.sample({{"kind", "large"}}, std::uint64_t{0});
  text.family("gatehouse_age_seconds", metric_text::kind::gauge, "Age.");
  text.sample({}, 0.25);
  EXPECT_EQ(text.take(),
            "# HELP gatehouse_things_total Things seen.\n"
            "# TYPE gatehouse_things_total counter\n"
            "gatehouse_things_total{kind=\"small\",place=\"here\"} 12\n"
            "gatehouse_things_total{kind=\"large\"} 0\n"
            "# HELP gatehouse_age_seconds Age.\n"
            "# TYPE gatehouse_age_seconds gauge\n"
            "gatehouse_age_seconds 0.25\n");
}

TEST(metric_text, escapes_label_values) {
  metric_text text;
  text.family("gatehouse_things", metric_text::kind::gauge, "Things.");
  text.sample({{"name", "a\"b\\c\nd"}}, std::uint64_t{1});
  EXPECT_NE(text.take().find(R"(gatehouse_things{name="a\"b\\c\nd"} 1)"), std::string::npos);
}

TEST(metric_text, keeps_large_counters_exact) {
  metric_text text;
  text.family("gatehouse_things_total", metric_text::kind::counter, "Things.");
  text.sample(std::uint64_t{18'446'744'073'709'551'615U});
  EXPECT_NE(text.take().find("gatehouse_things_total 18446744073709551615\n"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::admin
