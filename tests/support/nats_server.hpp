#pragma once

#include "temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace gatehouse::test {

/// Path of the nats-server to run: GATEHOUSE_NATS_SERVER, or what `./dev test` has fetched, or the
/// one on the PATH. Nothing: there is none, and `nats_server_hint` says what to do.
std::optional<std::string> nats_server_binary();
inline constexpr const char* nats_server_hint =
    "no nats-server here: ./dev test fetches one into build/tools";

/// One real NATS server with JetStream on loopback, its files in a folder of its own. Killed, if it
/// still runs, when this goes.
class nats_server {
 public:
  struct options {
    std::string name = "n1";
    std::uint16_t port = 0;  ///< 0: a free one
    std::string extra;       ///< lines of its configuration
    std::string scheme = "nats";
  };
  nats_server();
  /// Runs once `start` was called.
  explicit nats_server(options chosen);
  ~nats_server();
  nats_server(const nats_server&) = delete;
  nats_server& operator=(const nats_server&) = delete;

  /// With the files of before. Waits until it takes connections.
  void start();
  /// Lines of its configuration, from its next start on.
  void set_extra(std::string lines) { chosen_.extra = std::move(lines); }
  void send_signal(int number) const;
  /// KILL, and its end.
  void kill();
  [[nodiscard]] bool is_running() const noexcept { return pid_ > 0; }

  [[nodiscard]] std::uint16_t port() const noexcept { return chosen_.port; }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::string log() const;
  [[nodiscard]] const temporary_folder& folder() const noexcept { return folder_; }

 private:
  options chosen_;
  temporary_folder folder_;
  pid_t pid_ = -1;
};

/// Three of them that replicate streams.
class nats_cluster {
 public:
  explicit nats_cluster(const std::string& extra = {});

  [[nodiscard]] nats_server& server(std::size_t index) { return *servers_[index]; }
  [[nodiscard]] std::vector<std::string> urls() const;
  /// As TOML.
  [[nodiscard]] std::string url_list() const;
  /// By the name in a stream's description.
  [[nodiscard]] nats_server* by_name(const std::string& name);

 private:
  std::vector<std::unique_ptr<nats_server>> servers_;
};

/// A port that nobody listens on now.
std::uint16_t free_port();

}  // namespace gatehouse::test
