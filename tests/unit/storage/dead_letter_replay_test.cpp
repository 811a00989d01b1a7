#include "file_size_limit.hpp"
#include "log_capture.hpp"
#include "small_letter.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/storage/dead_letter_replay.hpp>

#include <gmock/gmock.h>

#include <future>
#include <set>
#include <system_error>
#include <thread>

namespace gatehouse::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int files_at_first = 3;

class dead_letter_replay_test : public ::testing::Test {
 protected:
  /// As many letters as files: 1 in the oldest.
  void fill() {
    for (int i = 0; i < files_at_first; ++i) {
      const std::string suffix = i == 0 ? "" : '.' + std::to_string(i);
      write("dead-letters.ndjson" + suffix,
            to_line(testing::small_letter(files_at_first - i)) + '\n');
    }
  }
  void write(const std::string& name, const std::string& text) {
    static_cast<void>(folder_.write(name, text));
  }
  [[nodiscard]] std::vector<int> listed() const { return testing::listed_shards(folder_.path()); }
  static std::vector<int> finish(dead_letter_replay& replay) {
    std::vector<int> all;
    while (const auto found = replay.next()) {
      all.push_back(found->shard_id);
      replay.done();
    }
    return all;
  }
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  test::temporary_folder folder_;
};

TEST_F(dead_letter_replay_test, goes_through_all_files_oldest_first_and_leaves_none) {
  fill();
  dead_letter_replay replay{folder_.path()};
  const auto first = replay.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, testing::small_letter(1));
  replay.done();
  EXPECT_EQ(replay.remaining(), 2U);
  EXPECT_THAT(finish(replay), ElementsAre(2, 3));
  EXPECT_EQ(replay.remaining(), 0U);
  EXPECT_THAT(files(), ElementsAre("dead-letters.lock"));
}

TEST_F(dead_letter_replay_test, what_an_interrupted_one_has_left_comes_first_in_the_next) {
  fill();
  {
    dead_letter_replay interrupted{folder_.path()};
    ASSERT_TRUE(interrupted.next());
    interrupted.done();
    ASSERT_TRUE(interrupted.next());
  }
  EXPECT_THAT(listed(), ElementsAre(2, 3));
  write("dead-letters.ndjson", to_line(testing::small_letter(4)) + '\n');
  EXPECT_THAT(listed(), ElementsAre(2, 3, 4));
  dead_letter_replay replay{folder_.path()};
  EXPECT_THAT(finish(replay), ElementsAre(2, 3, 4));
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(dead_letter_replay_test, what_is_passed_over_is_left_where_it_was) {
  fill();
  {
    dead_letter_replay replay{folder_.path()};
    while (const auto found = replay.next()) {
      if (found->shard_id != 2) replay.done();
    }
    EXPECT_EQ(replay.remaining(), 1U);
  }
  EXPECT_THAT(listed(), ElementsAre(2));
  dead_letter_replay replay{folder_.path()};
  EXPECT_THAT(finish(replay), ElementsAre(2));
  EXPECT_THAT(files(), ElementsAre("dead-letters.lock"));
}

TEST_F(dead_letter_replay_test, an_added_letter_is_for_the_next) {
  fill();
  {
    dead_letter_replay replay{folder_.path()};
    replay.add(testing::small_letter(9));
    EXPECT_THAT(finish(replay), ElementsAre(1, 2, 3));
  }
  EXPECT_THAT(listed(), ElementsAre(9));
}

TEST_F(dead_letter_replay_test, the_daemon_goes_on_in_a_file_of_its_own) {
  const test::log_capture log;
  disk_thread disk{"disk"};
  dead_letter_file file{folder_.path(), disk, log.log(), 256ULL << 20};
  file.append(testing::small_letter(1));
  disk.run([] {});
  dead_letter_replay replay{folder_.path()};
  file.append(testing::small_letter(2));
  disk.run([] {});
  EXPECT_THAT(finish(replay), ElementsAre(1));
  EXPECT_THAT(listed(), ElementsAre(2));
}

/// Whatever the moment at which files are taken.
TEST_F(dead_letter_replay_test, loses_nothing_that_is_written_meanwhile) {
  constexpr int letters = 500;
  const test::log_capture log;
  disk_thread disk{"disk"};
  dead_letter_file file{folder_.path(), disk, log.log(), 256ULL << 20};
  std::promise<void> written;
  std::thread writer{[&] {
    for (int i = 1; i <= letters; ++i) {
      file.append(testing::small_letter(i));
      disk.run([] {});
    }
    written.set_value();
  }};
  auto finished = written.get_future();
  std::vector<int> all;
  for (bool is_last = false; !is_last;) {
    is_last = finished.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    dead_letter_replay replay{folder_.path()};
    for (const int shard_id : finish(replay)) all.push_back(shard_id);
  }
  writer.join();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(letters));
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST_F(dead_letter_replay_test, lines_that_are_no_letters_are_moved_away) {
  write("dead-letters.ndjson", to_line(testing::small_letter(1)) + "\nnot one\n" +
                                   to_line(testing::small_letter(2)) + "\n{\"t");
  dead_letter_replay replay{folder_.path()};
  EXPECT_THAT(finish(replay), ElementsAre(1, 2));
  EXPECT_EQ(replay.unreadable(), 2U);
  EXPECT_EQ(test::read_file(folder_.path() / "dead-letters.unreadable"), "not one\n{\"t\n");
}

TEST_F(dead_letter_replay_test, there_is_one_at_a_time) {
  fill();
  dead_letter_replay first{folder_.path()};
  EXPECT_THROW(dead_letter_replay{folder_.path()}, std::runtime_error);
  EXPECT_THAT(finish(first), ElementsAre(1, 2, 3));
}

TEST_F(dead_letter_replay_test, a_full_disk_keeps_the_letter) {
  fill();
  {
    dead_letter_replay replay{folder_.path()};
    const auto found = replay.next();
    ASSERT_TRUE(found);
    const file_size_limit full_disk{1};
    EXPECT_THROW(replay.add(*found), std::system_error);
  }
  EXPECT_THAT(listed(), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace gatehouse::storage
