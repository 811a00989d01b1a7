#include "temporary_folder.hpp"

#include <gatehouse/storage/state_folder.hpp>

#include <gmock/gmock.h>

#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse::storage {
namespace {

using testing::HasSubstr;
using state = state_folder::state;

mode_t mode_of(const std::filesystem::path& file) {
  struct stat found {};
  EXPECT_EQ(::stat(file.c_str(), &found), 0);
  return found.st_mode & 0777U;
}

TEST(state_folder, is_created_for_its_owner_alone) {
  const test::temporary_folder folder;
  const state_folder opened{folder.path() / "parent" / "state"};
  EXPECT_EQ(opened.status(), state::open) << opened.reason();
  EXPECT_EQ(mode_of(opened.path()), 0700U);
  EXPECT_EQ(mode_of(opened.path() / "lock"), 0600U);
}

TEST(state_folder, leaves_nothing_but_the_lock) {
  const test::temporary_folder folder;
  { const state_folder opened{folder.path()}; }
  for (const auto& found : std::filesystem::directory_iterator{folder.path()}) {
    EXPECT_EQ(found.path().filename(), "lock");
  }
}

TEST(state_folder, belongs_to_one_at_a_time) {
  const test::temporary_folder folder;
  std::optional<state_folder> first{std::in_place, folder.path()};
  const state_folder second{folder.path()};
  EXPECT_EQ(second.status(), state::occupied);
  EXPECT_THAT(second.reason(), HasSubstr(folder.path().string()));
  EXPECT_THAT(second.reason(), HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_EQ(first->status(), state::open) << "the attempt must not take it away";

  first.reset();
  EXPECT_EQ(state_folder{folder.path()}.status(), state::open);
}

TEST(state_folder, a_file_in_its_place_makes_it_unusable) {
  const test::temporary_folder folder;
  const state_folder opened{folder.write("state", "a file")};
  EXPECT_EQ(opened.status(), state::unusable);
  EXPECT_THAT(opened.reason(), HasSubstr("Not a directory"));
}

TEST(state_folder, a_parent_that_cannot_be_one_makes_it_unusable) {
  const test::temporary_folder folder;
  const state_folder opened{std::filesystem::path{folder.write("file", "")} / "state"};
  EXPECT_EQ(opened.status(), state::unusable);
  EXPECT_THAT(opened.reason(), HasSubstr("cannot create"));
}

TEST(state_folder, a_file_system_without_writing_makes_it_unusable) {
  const state_folder opened{"/proc/self/task"};  // takes no new files, not even root's
  EXPECT_EQ(opened.status(), state::unusable);
  EXPECT_THAT(opened.reason(), HasSubstr("cannot"));
}

}  // namespace
}  // namespace gatehouse::storage
