#include "temporary_folder.hpp"

#include <gatehouse/app/dead_letters.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <gmock/gmock.h>

#include <sstream>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

storage::dead_letter letter() {
  return {.unix_ms = 1'786'017'600'123,
          .url = "http://handler/events",
          .status = 413,
          .reason = "the handler answered with HTTP status 413",
          .event_id = "abc:7",
          .shard_id = 3,
          .type = "MESSAGE_CREATE",
          .attempts = 2,
          .deferred = 5,
          .payload = R"({"d":{"token":"private"}})",
          .request_bytes = 77,
          .answer = "too large"};
}

class dead_letters_command_test : public testing::Test {
 protected:
  using action = dead_letters_command::action;

  [[nodiscard]] int run(bool is_json, const std::string& state = "") {
    dead_letters_command asked;
    asked.is_json = is_json;
    return run(asked, state);
  }
  [[nodiscard]] int run(dead_letters_command asked, const std::string& state = "") {
    const auto file =
        folder_.write("a.toml",
                      "[discord]\ntoken = \"t\"\nintents = 0\n[handlers]\nurls = [\"http://h/\"]\n"
                      "[state]\ndir = \"" +
                          folder_.path().string() + state + "\"\n");
    asked.from.path = file;
    out_.str({});
    return run_dead_letters(asked, out_, errors_);
  }

  test::temporary_folder folder_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST(dead_letters, are_shown_as_a_table_without_payloads) {
  const auto table = letters_as_table({.letters = {letter()}});
  EXPECT_THAT(table,
              HasSubstr("\n2026-08-06T12:00:00.123Z  413     3      MESSAGE_CREATE  abc:7 "));
  EXPECT_THAT(table, HasSubstr("  2         77     http://handler/events  too large\n"));
  EXPECT_THAT(table, Not(HasSubstr("private")));
}

TEST(dead_letters, cannot_steer_the_terminal) {
  auto odd = letter();
  odd.type = "A\x1b[2J\nB";
  const auto table = letters_as_table({.letters = {odd}});
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2);
}

TEST(dead_letters, are_one_json_array_without_payloads) {
  EXPECT_EQ(letters_as_json({}), "[]");
  const auto json = letters_as_json({.letters = {letter(), letter()}});
  const std::string one =
      R"({"time":"2026-08-06T12:00:00.123Z","status":413,"shardId":3,"event":"MESSAGE_CREATE",)"
      R"("eventId":"abc:7","attempts":2,"deferred":5,"url":"http://handler/events",)"
      R"("reason":"the handler answered with HTTP status 413","requestBytes":77,)"
      R"("answer":"too large"})";
  EXPECT_EQ(json, "[" + one + ",\n" + one + "]");
}

TEST(dead_letters, say_what_a_replay_has_come_to) {
  EXPECT_EQ(result_as_text({.accepted = 2, .refused = 1}), "2 accepted, 1 refused again");
  const replay_result stopped{
      .accepted = 2, .refused = 0, .unreadable = 1, .remaining = 5, .stopped = "no \"one\""};
  EXPECT_EQ(result_as_text(stopped),
            "2 accepted, 0 refused again, 1 unreadable lines moved to dead-letters.unreadable, "
            "5 kept for the next replay");
  EXPECT_EQ(result_as_json(stopped),
            R"({"accepted":2,"refused":0,"unreadable":1,"remaining":5,"stopped":"no \"one\""})");
  EXPECT_THAT(result_as_json({}), HasSubstr(R"("stopped":null)"));
}

TEST_F(dead_letters_command_test, lists_what_lies_in_the_state_folder) {
  static_cast<void>(
      folder_.write("dead-letters.ndjson", storage::to_line(letter()) + "\nnonsense\n"));
  EXPECT_EQ(run(false), stopped_as_asked);
  EXPECT_THAT(out_.str(), HasSubstr("abc:7"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("private")));
  EXPECT_THAT(errors_.str(), HasSubstr("1 unreadable lines"));
}

TEST_F(dead_letters_command_test, shows_one_with_its_payload) {
  static_cast<void>(folder_.write("dead-letters.ndjson", storage::to_line(letter()) + '\n'));
  EXPECT_EQ(run({.what = action::show, .event_id = "abc:7"}), stopped_as_asked);
  EXPECT_THAT(out_.str(), HasSubstr("request   77 bytes\nanswer    too large\n"));
  EXPECT_THAT(out_.str(), HasSubstr(letter().payload));
  EXPECT_EQ(run({.what = action::show, .is_json = true, .event_id = "abc:7"}), stopped_as_asked);
  EXPECT_EQ(out_.str(), storage::to_line(letter()) + '\n');
  EXPECT_EQ(run({.what = action::show, .event_id = "abc:8"}), failed);
  EXPECT_THAT(errors_.str(), HasSubstr("no dead letter of this id"));
}

TEST_F(dead_letters_command_test, lists_and_purges_by_event_and_age) {
  auto old = letter();
  old.type = "TYPING_START";
  auto young = letter();
  young.unix_ms = runtime::unix_ms_now();
  young.event_id = "abc:8";
  static_cast<void>(folder_.write("dead-letters.ndjson",
                                  storage::to_line(old) + '\n' + storage::to_line(young) + '\n'));
  const std::chrono::hours hour{1};
  EXPECT_EQ(run({.newer_than = hour}), stopped_as_asked);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("abc:8"), Not(HasSubstr("abc:7"))));
  EXPECT_EQ(run({.older_than = hour}), stopped_as_asked);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("abc:7"), Not(HasSubstr("abc:8"))));
  EXPECT_EQ(run({.events = {"READY", "MESSAGE_CREATE"}}), stopped_as_asked);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("abc:8"), Not(HasSubstr("abc:7"))));

  EXPECT_EQ(run({.what = action::purge, .events = {"TYPING_START"}, .newer_than = hour}),
            stopped_as_asked);
  EXPECT_EQ(out_.str(), "0 removed\n");
  EXPECT_EQ(run({.what = action::purge, .older_than = hour}), stopped_as_asked);
  EXPECT_EQ(out_.str(), "1 removed\n");
  EXPECT_EQ(run(false), stopped_as_asked);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("abc:8"), Not(HasSubstr("abc:7"))));
  EXPECT_EQ(run({.what = action::purge, .is_json = true}), stopped_as_asked);
  EXPECT_EQ(out_.str(), "{\"removed\":1}\n");
  EXPECT_EQ(run(false), stopped_as_asked);
  EXPECT_EQ(out_.str(), "no dead letters\n");
}

TEST_F(dead_letters_command_test, says_that_there_are_none) {
  EXPECT_EQ(run(false), stopped_as_asked);
  EXPECT_EQ(out_.str(), "no dead letters\n");
  EXPECT_EQ(run(true), stopped_as_asked);
  EXPECT_THAT(out_.str(), HasSubstr("[]\n"));
}

TEST_F(dead_letters_command_test, names_a_folder_that_is_not_there) {
  EXPECT_EQ(run(false, "/missing"), failed);
  EXPECT_THAT(errors_.str(), HasSubstr(folder_.path().string() + "/missing"));
}

}  // namespace
}  // namespace gatehouse::app
