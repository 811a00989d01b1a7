#include "letter_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::storage {
namespace {

constexpr std::string_view replaying_prefix = "dead-letters.replaying.";
constexpr std::string_view replaying_suffix = ".ndjson";

/// 0: not the name of such a file.
int replaying_number(std::string_view name) {
  if (!name.starts_with(replaying_prefix) || !name.ends_with(replaying_suffix)) return 0;
  name.remove_prefix(replaying_prefix.size());
  name.remove_suffix(std::min(name.size(), replaying_suffix.size()));
  int number = 0;
  const auto* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, number);
  return error == std::errc{} && stop == end ? number : 0;
}

/// A file system without locks goes without.
void lock(int descriptor) {
  while (::flock(descriptor, LOCK_EX) != 0 && errno == EINTR) {
  }
}

bool has_the_name(int descriptor, const std::filesystem::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

std::filesystem::path letter_file(const std::filesystem::path& folder, int age) {
  const std::string name = "dead-letters.ndjson";
  return folder / (age == 0 ? name : name + '.' + std::to_string(age));
}

std::filesystem::path replaying_path(const std::filesystem::path& folder, int number) {
  std::string name{replaying_prefix};
  return folder / name.append(std::to_string(number)).append(replaying_suffix);
}

std::vector<replaying_file> replaying_files(const std::filesystem::path& folder) {
  std::vector<replaying_file> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error)) {
    const int number = replaying_number(entry->path().filename().string());
    if (number > 0) found.push_back({entry->path(), number});
  }
  std::sort(found.begin(), found.end(),
            [](const auto& left, const auto& right) { return left.number < right.number; });
  return found;
}

void give_to_owner(int descriptor, const std::filesystem::path& folder) {
  struct stat file {};
  struct stat around {};
  if (::geteuid() != 0 || ::fstat(descriptor, &file) != 0 || ::stat(folder.c_str(), &around) != 0 ||
      file.st_uid == around.st_uid) {
    return;
  }
  static_cast<void>(::fchown(descriptor, around.st_uid, around.st_gid));
}

line_appender::line_appender(const std::filesystem::path& path) {
  for (;;) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return;
    lock(descriptor_);
    if (has_the_name(descriptor_, path)) break;
    ::close(descriptor_);
  }
  give_to_owner(descriptor_, path.parent_path());
}

line_appender::~line_appender() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t line_appender::size() const {
  struct stat found {};
  return ::fstat(descriptor_, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

bool line_appender::append(std::string_view text) {
  const std::uint64_t before = size();
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      const int error = errno;
      static_cast<void>(::ftruncate(descriptor_, static_cast<off_t>(before)));
      errno = error;
      return false;
    }
  }
  return true;
}

bool line_appender::end_line() {
  const std::uint64_t length = size();
  char last = '\n';
  if (length == 0 || ::pread(descriptor_, &last, 1, static_cast<off_t>(length - 1)) != 1) {
    return true;
  }
  return last == '\n' || append("\n");
}

}  // namespace gatehouse::storage
