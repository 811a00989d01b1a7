#include "metric_text.hpp"

#include <gtest/gtest.h>

#include <array>
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

TEST(metric_text, writes_histograms_cumulative) {
  constexpr std::array bounds{0.0005, 60.0};
  constexpr std::array<std::uint64_t, 3> counts{2, 0, 1};
  metric_text text;
  text.family("gatehouse_took_seconds", metric_text::kind::histogram, "Time.");
  text.histogram({"url", "http://bot/"}, bounds, counts, 61.5);
  EXPECT_EQ(text.take(),
            "# HELP gatehouse_took_seconds Time.\n"
            "# TYPE gatehouse_took_seconds histogram\n"
            "gatehouse_took_seconds_bucket{url=\"http://bot/\",le=\"0.0005\"} 2\n"
            "gatehouse_took_seconds_bucket{url=\"http://bot/\",le=\"60\"} 2\n"
            "gatehouse_took_seconds_bucket{url=\"http://bot/\",le=\"+Inf\"} 3\n"
            "gatehouse_took_seconds_sum{url=\"http://bot/\"} 61.5\n"
            "gatehouse_took_seconds_count{url=\"http://bot/\"} 3\n");
}

TEST(metric_text, writes_numbers_of_any_size) {
  metric_text text;
  text.family("gatehouse_size", metric_text::kind::gauge, "Size.");
  for (const double size : {0.0, -0.25, 1e-9, 1763000000.5, 1e20}) text.sample({}, size);
  const auto written = text.take();
  EXPECT_EQ(written.substr(written.find("gauge\n") + 6),
            "gatehouse_size 0\ngatehouse_size -0.25\ngatehouse_size 1e-09\n"
            "gatehouse_size 1763000000.5\ngatehouse_size 1e+20\n");
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
