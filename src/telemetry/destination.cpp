#include "destination.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gatehouse::telemetry {
namespace {

constexpr mode_t file_mode = 0640;  // operators' group reads, nobody else

int open_to_append(const std::string& file) noexcept {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, file_mode);
}

std::string describe_failure(const std::string& file, int error) {
  return "cannot open log file " + file + ": " + std::generic_category().message(error);
}

}  // namespace

destination::destination(std::string file)
    : file_(std::move(file)), descriptor_(file_.empty() ? STDERR_FILENO : open_to_append(file_)) {
  if (descriptor_ < 0) throw std::runtime_error(describe_failure(file_, errno));
}

destination::~destination() {
  if (!file_.empty()) ::close(descriptor_);
}

std::string destination::reopen() {
  if (file_.empty()) return {};
  const int opened = open_to_append(file_);
  if (opened < 0) return describe_failure(file_, errno);
  ::close(std::exchange(descriptor_, opened));
  return {};
}

bool destination::write(std::string_view line) noexcept {
  while (!line.empty()) {
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool destination::is_terminal() const noexcept {
  return ::isatty(descriptor_) == 1;
}

}  // namespace gatehouse::telemetry
