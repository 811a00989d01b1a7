#pragma once

#include "temporary_folder.hpp"

#include <string>

namespace gatehouse::test {

/// Plays systemd: the datagram socket that NOTIFY_SOCKET names.
class notify_socket {
 public:
  notify_socket();
  ~notify_socket();
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// The next notification; empty if none has come. Sending is synchronous: what this process has
  /// sent is there.
  std::string receive();
  /// Waits until a notification with this text has come, now or earlier; false after 20 s.
  bool wait_for(const std::string& text);

 private:
  temporary_folder folder_;
  std::string path_;
  int descriptor_;
  std::string received_;  ///< all of them, a line each
};

}  // namespace gatehouse::test
