#include "file_size_limit.hpp"
#include "log_capture.hpp"
#include "small_letter.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/storage/dead_letters.hpp>

#include <gmock/gmock.h>

#include <future>
#include <optional>
#include <sys/stat.h>

namespace gatehouse::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class dead_letters_test : public ::testing::Test {
 protected:
  void open(std::uint64_t max_bytes = dead_letter_file::max_file_bytes) {
    file_.emplace(folder_.path(), disk_, log_.log(), max_bytes);
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
  EXPECT_EQ(file_->written(), 1U);
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

TEST_F(dead_letters_test, full_files_move_up_and_the_last_one_is_dropped_and_counted) {
  open(2 * line_bytes);
  for (int i = 1; i <= 6; ++i) append(i);
  settle();
  EXPECT_THAT(shards(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(file_->lost(), 0U);
  EXPECT_EQ(std::filesystem::file_size(name()), 2 * line_bytes);
  EXPECT_EQ(std::filesystem::file_size(name(".1")), 2 * line_bytes);

  append(7);
  settle();
  EXPECT_THAT(shards(), ElementsAre(3, 4, 5, 6, 7));
  EXPECT_EQ(file_->lost(), 2U);
  EXPECT_EQ(file_->written(), 7U);
  EXPECT_FALSE(std::filesystem::exists(name(".3")));
}

TEST_F(dead_letters_test, one_that_is_larger_than_a_file_has_one_of_its_own) {
  open(line_bytes / 2);
  for (int i = 1; i <= 3; ++i) append(i);
  settle();
  EXPECT_THAT(shards(), ElementsAre(1, 2, 3));
}

TEST_F(dead_letters_test, beyond_a_thousand_waiting_they_are_counted_only) {
  open();
  std::promise<void> release;
  disk_.post([&] { release.get_future().wait(); });
  for (int i = 0; i < 1'200; ++i) append(i);
  EXPECT_EQ(file_->lost(), 200U);
  release.set_value();
  settle();
  EXPECT_EQ(file_->written(), 1'000U);
  EXPECT_EQ(shards().back(), 999);
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
    EXPECT_EQ(file_->lost(), 2U);
    EXPECT_EQ(std::filesystem::file_size(name()), line_bytes);
    EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("error: dead letters: cannot write")));
  }
  append(4);
  settle();
  EXPECT_THAT(shards(), ElementsAre(1, 4));
  EXPECT_EQ(file_->written(), 2U);
  EXPECT_THAT(log_.lines(), ::testing::Contains(HasSubstr("written again")));
}

TEST_F(dead_letters_test, without_a_folder_they_are_counted) {
  dead_letter_file nowhere{folder_.path() / "missing", disk_, log_.log()};
  nowhere.append(testing::small_letter(1));
  settle();
  EXPECT_EQ(nowhere.lost(), 1U);
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("No such file or directory")));
}

}  // namespace
}  // namespace gatehouse::storage
