#include "file_size_limit.hpp"
#include "log_capture.hpp"
#include "small_letter.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/dead_letter_replay.hpp>
#include <gatehouse/storage/dead_letters.hpp>

#include <gmock/gmock.h>

#include <future>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <thread>

namespace gatehouse::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class dead_letters_test : public ::testing::Test {
 protected:
  void open(std::uint64_t limit_bytes = 256ULL << 20) {
    file_.emplace(folder_.path(), disk_, log_.log(), limit_bytes);
  }
  [[nodiscard]] dead_letter_usage usage() const { return file_->usage(); }
  /// The census comes round every second.
  [[nodiscard]] bool reach_on_disk(std::uint64_t letters) const {
    const auto end = runtime::clock::now() + runtime::seconds{20};
    while (usage().letters != letters && runtime::clock::now() < end) std::this_thread::yield();
    return usage().letters == letters;
  }
  [[nodiscard]] std::uint64_t bytes_of_all_files() const {
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
      sum += entry.file_size();
    }
    return sum;
  }
  void append(int shard_id) { file_->append(testing::small_letter(shard_id)); }
  void settle() {
    disk_.run([] {});
  }
  [[nodiscard]] std::string name(const std::string& suffix = "") const {
    return (folder_.path() / ("dead-letters.ndjson" + suffix)).string();
  }
  [[nodiscard]] std::vector<int> shards() const { return testing::listed_shards(folder_.path()); }

  test::temporary_folder folder_;
  test::log_capture log_;
  disk_thread disk_{"disk"};
  std::optional<dead_letter_file> file_;
};

const std::size_t line_bytes = 1 + to_line(testing::small_letter(1)).size();

TEST_F(dead_letters_test, are_listed_oldest_first) {
  open();
  EXPECT_THAT(shards(), IsEmpty());
  for (int i = 1; i <= 5; ++i) append(i);
  file_.reset();
  EXPECT_THAT(shards(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(read_dead_letters(folder_.path()).letters.at(0), testing::small_letter(1));
  open();
  append(6);
  settle();
  EXPECT_THAT(shards(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(usage().written, 1U);
}

TEST_F(dead_letters_test, the_file_is_private) {
  open();
  append(1);
  settle();
  struct stat found {};
  ASSERT_EQ(::stat(name().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(dead_letters_test, a_file_taken_away_is_begun_anew) {
  open();
  append(1);
  settle();
  std::filesystem::rename(name(), name(".taken"));
  append(2);
  settle();
  EXPECT_THAT(shards(), ElementsAre(2));
}

TEST_F(dead_letters_test, full_files_move_up_and_the_oldest_is_dropped_counted_and_told) {
  const std::size_t bytes_of_one = 1 + to_line(testing::small_letter(101)).size();
  open(16 * bytes_of_one);
  for (int i = 101; i <= 116; ++i) append(i);
  settle();
  EXPECT_EQ(shards().size(), 16U);
  EXPECT_EQ(shards().front(), 101);
  EXPECT_EQ(usage().lost, 0U);
  EXPECT_EQ(std::filesystem::file_size(name()), 2 * bytes_of_one);
  EXPECT_EQ(std::filesystem::file_size(name(".7")), 2 * bytes_of_one);
  EXPECT_THAT(log_.lines(), IsEmpty());

  append(117);
  settle();
  EXPECT_EQ(shards().size(), 15U);
  EXPECT_EQ(shards().front(), 103);
  EXPECT_EQ(usage().lost, 2U);
  EXPECT_EQ(usage().written, 17U);
  EXPECT_EQ(usage().letters, 15U);
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("dead_letters_mb is used up: 2 dropped")));
}

TEST_F(dead_letters_test, are_never_more_than_the_limit_however_many_come) {
  constexpr std::uint64_t lines = 20;
  open(lines * line_bytes + line_bytes / 2);
  for (int i = 1; i <= 500; ++i) {
    append(i);
    if (i % 7 != 0) continue;
    settle();
    ASSERT_LE(bytes_of_all_files(), lines * line_bytes + line_bytes / 2);
  }
  settle();
  EXPECT_EQ(usage().written, 500U);
  EXPECT_EQ(usage().lost + shards().size(), 500U);
  EXPECT_EQ(usage().letters, shards().size());
  EXPECT_EQ(shards().back(), 500);
  EXPECT_EQ(log_.lines().size(), 1U);  // a minute has not gone by
}

TEST_F(dead_letters_test, what_an_ended_replay_has_left_counts_towards_the_limit) {
  static_cast<void>(folder_.write(
      "dead-letters.replaying.1.ndjson",
      to_line(testing::small_letter(1)) + '\n' + to_line(testing::small_letter(2)) + '\n'));
  open(2 * line_bytes);
  ASSERT_TRUE(reach_on_disk(2));
  append(3);
  settle();
  EXPECT_THAT(shards(), ElementsAre(3));
  EXPECT_EQ(usage().lost, 2U);
}

TEST_F(dead_letters_test, one_that_is_larger_than_a_file_has_one_of_its_own) {
  open(3 * line_bytes);
  for (int i = 1; i <= 3; ++i) append(i);
  settle();
  EXPECT_THAT(shards(), ElementsAre(1, 2, 3));
}

TEST_F(dead_letters_test, one_that_is_larger_than_the_limit_is_lost_alone) {
  open(3 * line_bytes);
  append(1);
  auto large = testing::small_letter(2);
  large.payload = R"({"d":")" + std::string(4 * line_bytes, 'x') + R"("})";
  file_->append(large);
  settle();
  EXPECT_EQ(usage().lost, 1U);
  EXPECT_THAT(shards(), ElementsAre(1));
}

TEST_F(dead_letters_test, are_safe_when_they_are_said_to_be_and_in_their_order) {
  open();
  std::vector<std::size_t> found;
  for (int i = 1; i <= 3; ++i) {
    file_->append(testing::small_letter(i), [&] { found.push_back(shards().size()); });
  }
  settle();
  ASSERT_EQ(found.size(), 3U);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_GT(found[i], i);
}

TEST_F(dead_letters_test, are_given_up_only_after_they_were_counted_as_lost) {
  dead_letter_file nowhere{folder_.path() / "missing", disk_, log_.log(), 1'000'000};
  std::uint64_t lost = 0;
  nowhere.append(testing::small_letter(1), [&] { lost = nowhere.usage().lost; });
  settle();
  EXPECT_EQ(lost, 1U);
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("1 refused events are lost")));
}

TEST_F(dead_letters_test, too_many_that_wait_for_the_disk_are_counted_and_told) {
  open();
  std::promise<void> release;
  disk_.post([&] { release.get_future().wait(); });
  auto large = testing::small_letter(1);
  large.payload = R"({"d":")" + std::string(1 << 20, 'x') + R"("})";
  int answered = 0;
  for (int i = 0; i < 20; ++i) file_->append(large, [&] { ++answered; });
  EXPECT_EQ(usage().lost, 5U);
  release.set_value();
  settle();
  EXPECT_EQ(usage().written, 15U);
  EXPECT_EQ(answered, 20);
  EXPECT_THAT(log_.lines(), ::testing::Contains(HasSubstr("5 refused events are lost")));
}

TEST_F(dead_letters_test, are_counted_over_restarts_and_while_others_change_the_files) {
  open();
  for (int i = 1; i <= 5; ++i) append(i);
  file_.reset();
  open();
  ASSERT_TRUE(reach_on_disk(5));
  EXPECT_EQ(usage().bytes, 5 * line_bytes);
  EXPECT_EQ(usage().written, 0U);
  {
    dead_letter_replay replay{folder_.path()};
    ASSERT_TRUE(replay.next());
    replay.done();
    ASSERT_TRUE(replay.next());
  }
  append(6);
  settle();
  ASSERT_TRUE(reach_on_disk(5));
  dead_letter_replay replay{folder_.path()};
  while (replay.next()) replay.done();
  EXPECT_TRUE(reach_on_disk(0));
}

/// As whoever has broken into the daemon could leave them.
TEST_F(dead_letters_test, follow_no_links_and_wait_for_no_pipe) {
  const auto elsewhere = folder_.write("elsewhere", "");
  std::filesystem::create_directory(folder_.path() / "state");
  const auto planted = folder_.path() / "state" / "dead-letters.ndjson";
  std::filesystem::create_symlink(elsewhere, planted);
  file_.emplace(folder_.path() / "state", disk_, log_.log(), 1'000'000);
  append(1);
  settle();
  EXPECT_EQ(usage().lost, 1U);
  EXPECT_EQ(std::filesystem::file_size(elsewhere), 0U);
  EXPECT_THROW(dead_letter_replay{folder_.path() / "state"}, std::system_error);
  std::filesystem::remove(planted);
  ASSERT_EQ(::mkfifo(planted.c_str(), 0600), 0);
  append(2);
  settle();
  EXPECT_EQ(usage().lost, 2U);
  EXPECT_THAT(read_dead_letters(folder_.path() / "state").letters, IsEmpty());
  std::filesystem::create_symlink(elsewhere, folder_.path() / "state" / "dead-letters.unreadable");
  std::filesystem::remove(planted);
  static_cast<void>(folder_.write("state/dead-letters.ndjson", "not one\n"));
  dead_letter_replay replay{folder_.path() / "state"};
  EXPECT_THROW(static_cast<void>(replay.next()), std::system_error);
  EXPECT_EQ(std::filesystem::file_size(elsewhere), 0U);
}

TEST_F(dead_letters_test, lines_that_are_none_are_counted_and_passed_over) {
  static_cast<void>(
      folder_.write("dead-letters.ndjson", to_line(testing::small_letter(1)) + "\nnot one\n{}\n" +
                                               to_line(testing::small_letter(2)).substr(0, 30)));
  open();
  append(3);  // on a line of its own, though the last one has no end
  settle();
  const auto listing = read_dead_letters(folder_.path());
  EXPECT_THAT(shards(), ElementsAre(1, 3));
  EXPECT_EQ(listing.unreadable, 3U);
}

TEST_F(dead_letters_test, a_full_disk_leaves_whole_lines_and_is_told_once) {
  open();
  append(1);
  settle();
  {
    const file_size_limit full_disk{line_bytes + line_bytes / 2};
    append(2);
    settle();
    append(3);
    settle();
    EXPECT_EQ(usage().lost, 2U);
    EXPECT_EQ(std::filesystem::file_size(name()), line_bytes);
    EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("error: dead letters: cannot write")));
  }
  append(4);
  settle();
  EXPECT_THAT(shards(), ElementsAre(1, 4));
  EXPECT_EQ(usage().written, 2U);
  EXPECT_THAT(log_.lines(), ::testing::Contains(HasSubstr("written again")));
}

TEST_F(dead_letters_test, without_a_folder_they_are_counted) {
  dead_letter_file nowhere{folder_.path() / "missing", disk_, log_.log(), 1'000'000};
  nowhere.append(testing::small_letter(1));
  settle();
  EXPECT_EQ(nowhere.usage().lost, 1U);
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("No such file or directory")));
}

}  // namespace
}  // namespace gatehouse::storage
