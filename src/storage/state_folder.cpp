#include <gatehouse/storage/state_folder.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;

std::string error_text(int error) {
  return std::generic_category().message(error);
}

/// What went wrong; empty: the folder is there.
std::string create(const std::filesystem::path& folder) {
  std::error_code ignored;  // mkdir says what is wrong with a parent
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), ignored);
  if (::mkdir(folder.c_str(), folder_mode) == 0 || errno == EEXIST) return {};
  return "cannot create " + folder.string() + ": " + error_text(errno);
}

/// A lock file that is there already opens even where nothing new can be written. A disk that is
/// full will have room again, and what is on it can be read until then.
std::string try_to_write(const std::filesystem::path& folder) {
  const auto probe = folder / ("probe-" + std::to_string(::getpid()));
  const int created = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, file_mode);
  if (created < 0 && (errno == ENOSPC || errno == EDQUOT)) return {};
  if (created < 0) return "cannot write to " + folder.string() + ": " + error_text(errno);
  ::close(created);
  ::unlink(probe.c_str());
  return {};
}

/// The process id in the lock file; empty where it cannot be told.
std::string read_holder(int lock) {
  std::array<char, 16> text{};
  const ssize_t length = ::pread(lock, text.data(), text.size(), 0);
  if (length <= 0) return {};
  const std::string_view read{text.data(), static_cast<std::size_t>(length)};
  return std::string{read.substr(0, read.find_first_not_of("0123456789"))};
}

/// For the reader of `occupied` alone: on a full disk it is missing there.
void write_holder(int lock) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) == 0) static_cast<void>(::pwrite(lock, text.data(), text.size(), 0));
}

}  // namespace

state_folder::state_folder(std::filesystem::path path) : path_(std::move(path)) {
  reason_ = create(path_);
  if (!reason_.empty()) return;
  const auto file = path_ / "lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, file_mode);
  if (lock_ < 0) {
    reason_ = "cannot open " + file.string() + ": " + error_text(errno);
    return;
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    status_ = error == EWOULDBLOCK ? state::occupied : state::unusable;
    const std::string holder = read_holder(lock_);
    reason_ = error != EWOULDBLOCK ? "cannot lock " + file.string() + ": " + error_text(error)
                                   : path_.string() + " is in use by " +
                                         (holder.empty() ? "another process" : "process " + holder);
    return;
  }
  reason_ = try_to_write(path_);
  if (!reason_.empty()) return;
  write_holder(lock_);
  status_ = state::open;
}

state_folder::~state_folder() {
  // The file stays: were it removed, a third process could lock a new one beside that of a second.
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace gatehouse::storage
