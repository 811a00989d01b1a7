#include "letter_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr std::string_view current_name = "dead-letters.ndjson";
constexpr std::string_view replaying_prefix = "dead-letters.replaying.";
constexpr std::string_view replaying_suffix = ".ndjson";

int to_number(std::string_view digits) {
  int number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  return error == std::errc{} && stop == end ? number : 0;
}

/// Nothing: another file.
std::optional<letter_file> named(std::string_view name) {
  if (name == current_name) return letter_file{};
  letter_file file;
  if (name.starts_with(current_name) && name[current_name.size()] == '.') {
    file.number = to_number(name.substr(current_name.size() + 1));
  } else if (name.starts_with(replaying_prefix) && name.ends_with(replaying_suffix)) {
    name.remove_prefix(replaying_prefix.size());
    name.remove_suffix(std::min(name.size(), replaying_suffix.size()));
    file.number = to_number(name);
    file.is_taken = true;
  }
  if (file.number <= 0) return std::nullopt;
  return file;
}

/// A file system without locks goes without.
void lock(int descriptor) {
  while (::flock(descriptor, LOCK_EX) != 0 && errno == EINTR) {
  }
}

bool has_the_name(int descriptor, const std::filesystem::path& path) {
  struct stat opened {};
  struct stat by_name {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &by_name) == 0 &&
         opened.st_dev == by_name.st_dev && opened.st_ino == by_name.st_ino;
}

int open_locked(const std::filesystem::path& path) {
  for (;;) {
    const int opened = open_regular(path, O_RDWR | O_APPEND | O_CREAT);
    if (opened < 0) return opened;
    lock(opened);
    if (has_the_name(opened, path)) return opened;
    ::close(opened);
  }
}

}  // namespace

std::filesystem::path letter_path(const std::filesystem::path& folder, int age) {
  std::string name{current_name};
  return folder / (age == 0 ? name : name + '.' + std::to_string(age));
}

std::filesystem::path replaying_path(const std::filesystem::path& folder, int number) {
  std::string name{replaying_prefix};
  return folder / name.append(std::to_string(number)).append(replaying_suffix);
}

std::vector<letter_file> letter_files(const std::filesystem::path& folder) {
  std::vector<letter_file> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error)) {
    auto file = named(entry->path().filename().native());
    struct stat facts {};
    if (!file || ::lstat(entry->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    file->path = entry->path();
    file->bytes = static_cast<std::uint64_t>(facts.st_size);
    file->inode = facts.st_ino;
    file->changed_ns = facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec;
    found.push_back(std::move(*file));
  }
  std::sort(found.begin(), found.end(), [](const letter_file& left, const letter_file& right) {
    const auto age = [](const letter_file& of) {  // the taken ones count up, the others down
      return std::tuple{of.is_taken ? 0 : 1, of.is_taken ? of.number : -of.number};
    };
    return age(left) < age(right);
  });
  return found;
}

int open_regular(const std::filesystem::path& path, int flags) noexcept {
  // O_NONBLOCK: a pipe would wait for its other end.
  const int opened =
      ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
  struct stat facts {};
  if (opened < 0 || (::fstat(opened, &facts) == 0 && S_ISREG(facts.st_mode))) return opened;
  ::close(opened);
  errno = EINVAL;
  return -1;
}

descriptor::~descriptor() {
  if (number_ >= 0) ::close(number_);
}

letter_reader::letter_reader(const std::filesystem::path& path, std::uint64_t from)
    : position_(from) {
  const int opened = open_regular(path, O_RDONLY);
  if (opened < 0) return;
  static_cast<void>(::lseek(opened, static_cast<off_t>(from), SEEK_SET));
  file_.reset(::fdopen(opened, "r"));
}

void letter_reader::closer::operator()(char* line) const noexcept {
  std::free(line);  // getline's
}

std::optional<std::string_view> letter_reader::next() {
  for (;;) {
    char* line = line_.release();
    const ssize_t length = ::getline(&line, &room_, file_.get());
    line_.reset(line);
    if (length <= 0) return std::nullopt;
    std::string_view text{line, static_cast<std::size_t>(length)};
    line_begin_ = std::exchange(position_, position_ + text.size());
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (!text.empty() && text.front() != done_mark) return text;
  }
}

std::uint64_t count_letters(const std::filesystem::path& path, std::uint64_t from) {
  letter_reader reader{path, from};
  std::uint64_t count = 0;
  while (reader.is_open() && reader.next()) ++count;
  return count;
}

line_appender::line_appender(const std::filesystem::path& path)
    : folder_(path.parent_path()), file_(open_locked(path)), is_new_(is_open() && size() == 0) {}

std::uint64_t line_appender::size() const {
  struct stat found {};
  return ::fstat(file_.get(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

bool line_appender::append(std::string_view text) {
  const std::uint64_t before = size();
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      const int error = errno;
      static_cast<void>(::ftruncate(file_.get(), static_cast<off_t>(before)));
      errno = error;
      return false;
    }
  }
  return true;
}

bool line_appender::end_line() {
  const std::uint64_t length = size();
  char last = '\n';
  if (length == 0 || ::pread(file_.get(), &last, 1, static_cast<off_t>(length - 1)) != 1) {
    return true;
  }
  return last == '\n' || append("\n");
}

bool line_appender::sync() {
  if (::fdatasync(file_.get()) != 0) return false;
  if (!is_new_) return true;
  const descriptor around{::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return around.get() >= 0 && ::fsync(around.get()) == 0;
}

/// The file, with what still holds of what was known.
letter_census::counted letter_census::know(const letter_file& file) const {
  const auto known = std::find_if(files_.begin(), files_.end(), [&](const counted& each) {
    const bool is_same = each.file.bytes == file.bytes && each.file.changed_ns == file.changed_ns;
    const bool has_grown = each.file.number == 0 && !file.is_taken && each.file.bytes < file.bytes;
    return each.file.inode == file.inode && (is_same || has_grown);
  });
  if (known == files_.end()) return {file, 0, 0};
  return {file, known->letters, known->read};
}

bool letter_census::refresh() {
  std::vector<counted> now;
  for (const auto& file : letter_files(folder_)) now.push_back(know(file));
  files_ = std::move(now);
  const auto is_behind = [](const counted& each) { return each.read < each.file.bytes; };
  const auto first = std::find_if(files_.begin(), files_.end(), is_behind);
  if (first == files_.end()) return false;
  first->letters += count_letters(first->file.path, first->read);
  first->read = first->file.bytes;
  return std::any_of(first, files_.end(), is_behind);
}

std::uint64_t letter_census::letters() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : files_) sum += each.letters;
  return sum;
}

std::uint64_t letter_census::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : files_) sum += each.file.bytes;
  return sum;
}

std::uint64_t letter_census::letters_in(const letter_file& file) const {
  const auto known = know(file);
  return known.letters + count_letters(file.path, known.read);
}

}  // namespace gatehouse::storage
