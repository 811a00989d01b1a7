#include "file_text.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::config {
namespace {

/// Closes what `open` opened.
class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::string last_error() {
  return std::generic_category().message(errno);
}

}  // namespace

file_text read_file(const std::string& path, std::size_t most) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.number() < 0) return {{}, last_error()};
  file_text result;
  std::array<char, 4'096> chunk{};
  for (;;) {
    const auto count = ::read(file.number(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {{}, last_error()};
    if (count == 0) return result;
    result.text.append(chunk.data(), static_cast<std::size_t>(count));
    if (result.text.size() > most) {
      return {{}, "larger than " + std::to_string(most) + " bytes"};
    }
  }
}

}  // namespace gatehouse::config
