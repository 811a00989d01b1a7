#pragma once

#include <gatehouse/admin/router.hpp>
#include <gatehouse/config/listen_address.hpp>
#include <gatehouse/config/secret.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::admin {

/// What a client may take of the server.
struct admin_limits {
  /// Further ones wait unaccepted until one of them ends, or the one that waits longest for its
  /// client has done so for longer than `patience` and is closed. Meanwhile nothing is kept alive.
  std::size_t max_connections = 512;
  runtime::duration patience = runtime::seconds{2};
  std::uint32_t max_header_bytes = 16U << 10;
  std::uint64_t max_body_bytes = 1UL << 20;
  /// For a TLS handshake, a whole header, and a whole body, however slowly it trickles in.
  runtime::duration read_timeout = runtime::seconds{10};
  runtime::duration write_timeout = runtime::seconds{30};
  runtime::duration keep_alive = runtime::seconds{30};  ///< between requests
};

struct admin_options {
  config::listen_address listen;  ///< port 0: the system chooses
  config::secret authorization;   ///< empty: none is asked for
  admin_limits limits{};
  std::string certificate_file{};  ///< PEM; empty: plain HTTP
  std::string key_file{};
};

/// Reads what the server would show. Throws std::runtime_error, as that does, whose text begins
/// with the configuration's key that is at fault.
void check_certificate(const std::string& certificate_file, const std::string& key_file);

/// The admin HTTP server, on a thread and loop of its own: it answers however busy the workers are.
class admin_server {
 public:
  /// Listens and begins to serve. Throws std::runtime_error naming the address, or the file of the
  /// certificate or its key, if it cannot.
  admin_server(admin_options options, std::vector<route> routes, telemetry::logger log);
  /// Stops. Whoever still holds a completion of a handler must have let go of it before.
  ~admin_server();
  admin_server(const admin_server&) = delete;
  admin_server& operator=(const admin_server&) = delete;

  [[nodiscard]] std::uint16_t bound_port() const noexcept;

  /// For requests that begin from now on. Any thread.
  void set_authorization(config::secret authorization);

  /// Reads the certificate and its key again, for connections that begin from now on. What cannot
  /// be read is said in the log, and what was there stays. Any thread.
  void renew_certificate();

  /// Cuts off whatever is under way and ends the thread; prompt, and once is enough. Completions
  /// that other threads post afterwards are not run any more.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::admin
