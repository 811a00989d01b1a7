#pragma once

#include <string>
#include <string_view>

namespace gatehouse::telemetry {

/// Where log lines go: a file that is appended to, or standard error. Not thread-safe.
class destination {
 public:
  /// Standard error for an empty path. Throws std::runtime_error naming the file.
  explicit destination(std::string file);
  ~destination();
  destination(const destination&) = delete;
  destination& operator=(const destination&) = delete;

  /// Opens the file again. On failure the old one stays in use; the text says why.
  [[nodiscard]] std::string reopen();

  /// Writes the whole line; false if the system refused some of it.
  [[nodiscard]] bool write(std::string_view line) noexcept;

  [[nodiscard]] bool is_terminal() const noexcept;

 private:
  std::string file_;
  int descriptor_;
};

}  // namespace gatehouse::telemetry
