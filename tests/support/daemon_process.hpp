#pragma once

#include "temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gatehouse::test {

/// How a process ended.
struct process_end {
  std::optional<int> exit_code;  ///< nothing: ended by a signal
  int signal = 0;
};

/// The real binary as a child process. Killed, if it still runs, when this goes.
class daemon_process {
 public:
  /// Starts `gatehouse run --config <file with this text>`; its log goes to a file.
  /// `environment` ("NAME=value") comes on top of the test program's own.
  explicit daemon_process(const std::string& config_text,
                          const std::vector<std::string>& environment = {});
  /// Starts `gatehouse` with these arguments.
  explicit daemon_process(const std::vector<std::string>& arguments);
  ~daemon_process();
  daemon_process(const daemon_process&) = delete;
  daemon_process& operator=(const daemon_process&) = delete;

  void send_signal(int number) const;
  /// Waits for its end; nothing after the timeout.
  std::optional<process_end> wait_for_end(std::chrono::milliseconds timeout);
  /// TERM, then its end.
  std::optional<process_end> stop(std::chrono::milliseconds timeout = std::chrono::seconds{10});

  /// Standard output and error so far.
  [[nodiscard]] std::string log() const;
  /// Waits until the log contains this text.
  bool wait_for_log(const std::string& text,
                    std::chrono::milliseconds timeout = std::chrono::seconds{20}) const;
  /// Of a daemon configured with `admin.listen = "127.0.0.1:0"`; 0 if it does not come up.
  [[nodiscard]] std::uint16_t admin_port() const;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] const temporary_folder& folder() const noexcept { return folder_; }

 private:
  void start(std::vector<std::string> arguments, std::vector<std::string> environment);

  temporary_folder folder_;
  pid_t pid_ = -1;
  int pid_descriptor_ = -1;
  std::optional<process_end> end_;
};

/// Polls a condition that nothing signals; false after the timeout.
bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout);

/// The answer to a request on a loopback port.
struct http_answer {
  int status = 0;  ///< 0: no connection
  std::string body;
};
http_answer http_send(std::uint16_t port, const std::string& method, const std::string& path,
                      const std::string& json_body = {});
http_answer http_get(std::uint16_t port, const std::string& path);

}  // namespace gatehouse::test
