#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {

/// What a handler that means ill sends to everybody who connects: first once, then again and again
/// for as long as the connection takes it.
struct endless_answer {
  std::string first;
  std::string again;
};

/// Such a handler, on loopback and a thread of its own from construction to destruction. Reads what
/// it is sent and never looks at it. Throws std::runtime_error when it cannot listen.
class hostile_server {
 public:
  explicit hostile_server(const endless_answer& answer);
  ~hostile_server();
  hostile_server(const hostile_server&) = delete;
  hostile_server& operator=(const hostile_server&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

 private:
  struct client {
    int descriptor = -1;
    bool has_asked = false;
    std::size_t place = 0;  ///< in text_, where the next byte comes from
  };

  void serve();
  void accept_all();
  /// False when the connection is over.
  bool attend(client& of, short events);

  std::string text_;
  std::size_t again_;  ///< where the part begins that is repeated
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> bytes_sent_{0};
  std::atomic<bool> ends_{false};
  std::vector<client> clients_;  ///< of the thread
  std::thread thread_;
};

/// A listening socket that never accepts and whose backlog is full: a dial there neither succeeds
/// nor fails. Throws std::runtime_error when it cannot listen.
class black_hole {
 public:
  black_hole();
  ~black_hole();
  black_hole(const black_hole&) = delete;
  black_hole& operator=(const black_hole&) = delete;

  [[nodiscard]] std::string url() const;

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> fillers_;
};

}  // namespace gatehouse::test
