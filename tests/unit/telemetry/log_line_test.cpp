#include <gatehouse/telemetry/log_line.hpp>

#include <gtest/gtest.h>

namespace gatehouse::telemetry {
namespace {

using config::log_level;
using std::chrono::milliseconds;

// 2024-02-29T23:59:58.007Z
constexpr std::chrono::system_clock::time_point leap_day{milliseconds{1'709'251'198'007}};

std::string text(const log_line& line, bool colour = false) {
  std::string out;
  append_text_line(out, line, colour);
  return out;
}

TEST(log_line, text_has_time_level_component_and_message) {
  EXPECT_EQ(text({leap_day, log_level::info, "shard", "connected"}),
            "2024-02-29T23:59:58.007Z info  [shard] connected\n");
}

TEST(log_line, levels_are_aligned) {
  for (const auto level :
       {log_level::trace, log_level::debug, log_level::info, log_level::warn, log_level::error}) {
    EXPECT_EQ(text({leap_day, level, "c", "m"}).find("[c]"), 31U) << to_string(level);
  }
}

TEST(log_line, a_message_cannot_forge_a_second_line) {
  const auto line = text({leap_day, log_level::warn, "x\ny", "a\n2024 error [shard] b"});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_NE(line.find("[x\\ny] a\\n2024"), std::string::npos);
}

TEST(log_line, colour_surrounds_the_level_only) {
  EXPECT_EQ(text({leap_day, log_level::error, "c", "m"}, true),
            "2024-02-29T23:59:58.007Z \x1b[1;31merror\x1b[0m [c] m\n");
}

TEST(log_line, json_is_one_object_a_line) {
  std::string out;
  append_json_line(out, {leap_day, log_level::error, "rest", "said \"no\"\n\xFF"});
  EXPECT_EQ(out, R"({"time":"2024-02-29T23:59:58.007Z","level":"error","component":"rest",)"
                 "\"message\":\"said \\\"no\\\"\\n\xEF\xBF\xBD\"}\n");
}

TEST(log_line, times_before_1970_do_not_go_backwards) {
  EXPECT_EQ(text({std::chrono::system_clock::time_point{milliseconds{-1}}, log_level::info, "", ""})
                .substr(0, 24),
            "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace gatehouse::telemetry
