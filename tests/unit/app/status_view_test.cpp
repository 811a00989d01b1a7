#include "status_view.hpp"

#include "figures.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// In characters, without what steers the terminal.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = line.find('m', i);
    } else if ((static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U) {
      ++count;
    }
  }
  return count;
}

void expect_fits(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80U) << line;
}

shard_row shard_of(std::int64_t id) {
  return {.shard_id = id, .worker_id = id / 25, .state_name = "connected", .rtt = 41};
}

/// As much as a table has to bear.
status_view large_view(std::int64_t shards, std::int64_t not_connected) {
  status_view view;
  view.version = "10.20.30-rc.1";
  view.level = "bad";
  view.headline = "Attention: " + std::to_string(not_connected) + " shards away, handler down";
  view.reasons = {std::string(200, 'y')};
  view.handlers = {{.url = "http://handler.example:8081/" + std::string(60, 'z'),
                    .state = "probing",
                    .last_error = std::string(120, 'e'),
                    .waiting = 12'345'678,
                    .oldest_age_ms = 3'599'000,
                    .refused = 123'456'789,
                    .rate = 123'456.0}};
  view.disk_bytes = 1LL << 40;
  view.disk_limit_bytes = 1LL << 40;
  view.uptime_ms = 86'400'000LL * 365;
  view.revision = 12;
  view.shards = shards;
  view.total_shards = 2 * shards;
  view.connected = shards - not_connected;
  view.missing = {"waiting for GET /gateway/bot: connection refused, and for a long time already",
                  std::string(200, 'x')};
  view.identifies_left = 1'990;
  view.identifies_total = 2'000;
  view.identifies_waiting = not_connected;
  view.resets_in_ms = 72'000'000;
  view.reshard = {.phase = "identifying",
                  .from = shards,
                  .to = 2 * shards,
                  .connected = 1'234,
                  .loaded = 1'000,
                  .waiting_for = "a reset of the session start limit"};
  view.reshard.remaining_ms = 3'600'000;
  view.received = view.delivered = 123'456'789'012;
  view.filtered = 12'345'678'901;
  view.dropped = view.refused = view.gaps = 1'234'567;
  view.queued = view.spooled = 12'345'678;
  view.in_flight = 64;
  view.dead_letters = view.dead_letters_lost = view.dead_letter_bytes = 123'456'789;
  for (std::int64_t i = 0; i < 4; ++i) {
    view.worker_rows.push_back(
        {i, 500, 499, 123'456, 64, 67'108'864, 1'234'567, 3'599'000, 9'999'999'999});
  }
  for (std::int64_t i = 0; i < shards; ++i) view.shard_rows.push_back(shard_of(i));
  for (std::int64_t i = 0; i < not_connected; ++i) {
    auto& row = view.shard_rows[static_cast<std::size_t>(7 * i)];
    row.state = 3;
    row.state_name = "unidentified";
    row.rtt = -1;
    row.dispatches = 123'456'789;
  }
  return view;
}

TEST(status_table, fits_eighty_columns) {
  for (const bool has_colours : {false, true}) {
    expect_fits(status_table(large_view(16, 2), has_colours));
    expect_fits(status_table(large_view(2'000, 200), has_colours));
    expect_fits(status_table(status_view{}, has_colours));
  }
}

TEST(status_table, few_shards_stand_one_a_line) {
  const auto text = status_table(large_view(16, 1), false);
  EXPECT_THAT(
      text,
      HasSubstr("\n             0      0 unidentified         -        0    123,456,789     0\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\n            15      0 connected        41 ms        0              0     0\n"));
  EXPECT_THAT(text, Not(HasSubstr("not connected:")));
}

TEST(status_table, of_many_only_those_that_are_not_connected) {
  const auto text = status_table(large_view(2'000, 150), false);
  EXPECT_THAT(text, HasSubstr("\nnot connected: 150\n"));
  EXPECT_THAT(text, HasSubstr("\n           130 more groups\n"));
  EXPECT_THAT(text, Not(HasSubstr(" connected        41 ms")));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 60);
  const auto whole = status_table(large_view(2'000, 0), false);
  EXPECT_THAT(whole, Not(HasSubstr("not connected:")));
}

TEST(status_table, neighbours_in_the_same_state_stand_together_with_the_time_they_take) {
  auto view = large_view(512, 0);
  for (std::size_t i = 128; i < 512; ++i) {
    view.shard_rows[i].state = 3;
    view.shard_rows[i].state_name = "unidentified";
  }
  view.shard_rows[5].state = 2;
  view.shard_rows[5].state_name = "disconnected";
  view.identifies_waiting = 384;
  view.max_concurrency = 2;
  EXPECT_THAT(status_table(view, false),
              HasSubstr("\nnot connected: 385\n             5 disconnected\n"
                        "       128-511 unidentified, about 17 min\n"));
}

TEST(status_table, begins_with_what_is_wrong) {
  status_view view;
  EXPECT_THAT(status_table(view, false), StartsWith("not ready\n"));
  view.level = "bad";
  view.headline = "Attention: handler down";
  view.reasons = {"handler http://h/ does not take events: connection refused"};
  EXPECT_THAT(status_table(view, true),
              StartsWith("\x1b[31mAttention: handler down\x1b[0m\n            handler http://h/ "
                         "does not take events: connection refused\n\ngatehouse "));
}

TEST(status_table, names_handlers_with_state_rate_error_and_refusals) {
  status_view view;
  view.handlers = {{.url = "http://127.0.0.1:8081/",
                    .state = "down",
                    .last_error = "connection refused",
                    .waiting = 12,
                    .refused = 600,
                    .rate = 106.7}};
  EXPECT_THAT(
      status_table(view, false),
      HasSubstr("http://127.0.0.1:8081/             down        107/s       12        -       600\n"
                "            connection refused\n"));
}

TEST(first_lines, leave_out_and_say_so) {
  EXPECT_EQ(first_lines("a\nb\nc\n", 3), "a\nb\nc\n");
  EXPECT_EQ(first_lines("a\nb\nc\nd\n", 3), "a\nb\n2 more lines\n");
  EXPECT_EQ(first_lines("a\nb\n", 0), "a\nb\n");
}

TEST(handler_rates, are_what_was_delivered_between_two_looks) {
  status_view before;
  before.handlers = {{.url = "a", .since_ms = 1'000, .delivered = 100},
                     {.url = "b", .state = "down", .since_ms = 1'000},
                     {.url = "c", .since_ms = 5'000, .delivered = 7}};
  status_view now;
  now.handlers = {{.url = "a", .since_ms = 3'000, .delivered = 300},
                  {.url = "b", .since_ms = 2'000},
                  {.url = "c", .since_ms = 100, .delivered = 8},
                  {.url = "d", .since_ms = 9'000}};
  add_rates(now, before);
  EXPECT_EQ(now.handlers[0].rate, 100.0);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_FALSE(now.handlers[i].rate) << i;
}

TEST(status_table, colours_only_when_asked) {
  EXPECT_THAT(status_table(large_view(16, 1), false), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(status_table(large_view(16, 1), true),
              AllOf(HasSubstr("\x1b[31mAttention: "), HasSubstr("\x1b[33munidentified\x1b[0m"),
                    HasSubstr("\x1b[32mconnected   \x1b[0m")));
}

TEST(status_table, dead_letters_are_counted_and_alarming) {
  status_view view;
  EXPECT_THAT(status_table(view, true), HasSubstr("            0 dead letters\n"));
  view.dead_letters = 1'203;
  view.dead_letter_bytes = 2'048;
  view.dead_letters_lost = 5;
  EXPECT_THAT(status_table(view, false), HasSubstr("1,203 dead letters, 2.0 KiB, 5 more lost\n"));
  EXPECT_THAT(status_table(view, true), HasSubstr("\x1b[31m1,203 dead letters\x1b[0m"));
}

TEST(status_table, what_others_wrote_cannot_steer_the_terminal) {
  status_view view;
  view.missing = {"a\x1b[2Jb"};  // told by a daemon without a verdict
  EXPECT_THAT(status_table(view, false), HasSubstr(R"(a\x1b[2Jb)"));
}

TEST(status_view, is_read_from_the_daemons_answers) {
  const auto view = read_status(
      {.status =
           R"({"version":"1","uptimeMs":2,"revision":3,"ready":true,"missing":["m"],"totalShards":4,)"
           R"("shards":5,"connected":6,"gate":{"identifiesLeft":7,"identifiesTotal":8,"waiting":9,)"
           R"("resetsInMs":10},"reshard":{"phase":"loading"},"events":{"received":11,"filtered":12,)"
           R"("delivered":13,"refused":14,"dropped":15},"gaps":16,"queued":17,"inFlight":18,)"
           R"("spooled":19,"deadLetters":{"onDisk":20,"bytes":21,"written":1,"lost":22}})",
       .workers =
           R"([{"workerId":1,"shards":2,"connected":3,"queued":4,"inFlight":5,"bytes":6,"spooled":7,)"
           R"("oldestAgeMs":8,"delivered":9}])",
       .shards =
           R"([{"shardId":1,"workerId":2,"generation":3,"state":4,"stateName":"identifying","rtt":5,)"
           R"("guilds":6,"dispatches":7,"gaps":8}])",
       .queue =
           R"({"workers":[{"handlers":[{"url":"u","state":"up","sinceMs":1,"queued":2,)"
           R"("inFlight":3,"delivered":4,"refused":5,"lastError":""}]},{"handlers":[{"url":"u",)"
           R"("state":"down","lastError":"e","delivered":6}]}],"spool":{"bytes":7,)"
           R"("limitBytes":8,"working":false}})",
       .verdict = R"({"level":"bad","headline":"h","reasons":["r"]})",
       .config = R"({"values":{"gateway":{"spawn_shard_delay_ms":60}}})"});
  ASSERT_EQ(view.handlers.size(), 1U);
  EXPECT_EQ(view.handlers[0].state, "down");
  EXPECT_EQ(view.handlers[0].last_error, "e");
  EXPECT_EQ(view.handlers[0].waiting, 5);
  EXPECT_EQ(view.handlers[0].delivered, 10);
  EXPECT_EQ(view.disk_bytes, 7);
  EXPECT_FALSE(view.is_disk_working);
  EXPECT_EQ(view.level, "bad");
  EXPECT_THAT(view.reasons, testing::ElementsAre("r"));
  EXPECT_EQ(view.spawn_delay_ms, 60);
  EXPECT_EQ(view.version, "1");
  EXPECT_TRUE(view.ready);
  EXPECT_THAT(view.missing, testing::ElementsAre("m"));
  EXPECT_EQ(view.identifies_left, 7);
  EXPECT_EQ(view.resets_in_ms, 10);
  EXPECT_EQ(view.reshard.phase, "loading");
  EXPECT_EQ(view.dead_letters, 20);
  EXPECT_EQ(view.dead_letter_bytes, 21);
  EXPECT_EQ(view.dead_letters_lost, 22);
  EXPECT_EQ(view.dropped, 15);
  EXPECT_EQ(view.spooled, 19);
  ASSERT_EQ(view.worker_rows.size(), 1U);
  EXPECT_EQ(view.worker_rows[0].oldest_age_ms, 8);
  ASSERT_EQ(view.shard_rows.size(), 1U);
  EXPECT_EQ(view.shard_rows[0].state_name, "identifying");
  EXPECT_EQ(view.shard_rows[0].gaps, 8);
}

TEST(status_view, another_version_of_the_daemon_is_understood_as_far_as_possible) {
  const auto view = read_status({.status = R"({"version":1,"new":[{}],"gate":null})",
                                 .workers = "{}",
                                 .shards = "[{},3]",
                                 .queue = "null",
                                 .verdict = "null"});
  EXPECT_EQ(view.version, "");
  EXPECT_EQ(view.shard_rows.size(), 2U);
  EXPECT_TRUE(read_status({.status = "nonsense"}).shard_rows.empty());
}

TEST(reshard_view, the_bar_fills_as_shards_connect_and_load) {
  reshard_view view{.phase = "identifying", .from = 4, .to = 8, .connected = 4};
  view.remaining_ms = 45'000;
  EXPECT_EQ(progress_bar(view),
            "identifying [######------------------]  25%  4/8 connected, 0 loaded, 45 s left");
  view.phase = "loading";
  view.connected = view.loaded = 8;
  EXPECT_THAT(progress_bar(view), HasSubstr("100%"));
  view = {.phase = "overlapping",
          .from = 1'000'000,
          .to = 1'000'000,
          .connected = 1'000'000,
          .loaded = 1'000'000};
  view.remaining_ms = 86'400'000LL * 30;
  EXPECT_LE(progress_bar(view).size(), 79U);
}

TEST(reshard_view, says_what_it_waits_for) {
  const reshard_view view{.phase = "identifying", .from = 4, .to = 8, .waiting_for = "a reset"};
  EXPECT_EQ(progress_text(view),
            "identifying: 4 -> 8 shards, 0/8 connected, 0 loaded; waits for a reset");
}

TEST(figures, are_readable) {
  EXPECT_EQ(duration_text(999), "999 ms");
  EXPECT_EQ(duration_text(59'999), "59 s");
  EXPECT_EQ(duration_text(3'599'000), "59 min 59 s");
  EXPECT_EQ(duration_text(86'399'000), "23 h 59 min");
  EXPECT_EQ(duration_text(90'000'000), "1 d 1 h");
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1'023), "1023 B");
  EXPECT_EQ(bytes_text(1'536), "1.5 KiB");
  EXPECT_EQ(bytes_text(200ULL << 20), "200 MiB");
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(-1'234'567), "-1,234,567");
}

}  // namespace
}  // namespace gatehouse::app
