#pragma once

#include <gatehouse/sim/simulator.hpp>

#include <boost/system/system_error.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::sim::test {

/// A blocking socket on loopback, plain or TLS; a plain read gives up after `patience`.
class test_socket {
 public:
  /// An empty `ca_pem` means plain TCP. Throws boost::system::system_error.
  test_socket(std::uint16_t port, const std::string& ca_pem);
  ~test_socket();
  test_socket(const test_socket&) = delete;
  test_socket& operator=(const test_socket&) = delete;

  void write(std::string_view bytes);
  /// What has arrived; empty when the other side closed or reset.
  std::string read();
  void close();

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

/// One HTTP exchange on a fresh connection; the whole response, head included.
std::string http_exchange(std::uint16_t port, const std::string& request,
                          const std::string& ca_pem = {});
std::string http_get(std::uint16_t port, std::string_view target, std::string_view headers = {},
                     const std::string& ca_pem = {});
std::string http_post(std::uint16_t port, std::string_view target, std::string_view body,
                      std::string_view headers = {});

/// A gateway client that does nothing by itself.
class test_client {
 public:
  explicit test_client(std::uint16_t port, std::string_view query = "v=10&encoding=json",
                       const std::string& ca_pem = {});
  ~test_client();
  test_client(const test_client&) = delete;
  test_client& operator=(const test_client&) = delete;

  /// The next payload's text; empty once the connection is over.
  std::string next();
  /// Skips payloads until one contains `part`; empty when the connection ends first.
  std::string next_with(std::string_view part);
  /// Skips everything; the code the server closed with, nothing for a reset.
  std::optional<std::uint16_t> wait_for_close();

  void send(std::string_view payload);
  void send_close(std::uint16_t code);
  void drop();  ///< TCP close without a close frame

  /// Hello, Identify, READY; returns READY's text.
  std::string identify(std::uint32_t shard_id = 0, std::uint32_t shard_count = 1,
                       std::uint64_t intents = 0x331FFFF);
  /// Hello, Resume; the payloads that follow are left to be read.
  void resume(std::string_view session_id, std::uint64_t seq);

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

/// The text between `before` and the next quote, comma, brace or bracket.
std::string field(std::string_view payload, std::string_view before);
std::uint64_t seq_of(std::string_view payload);
std::string session_id_of(std::string_view ready);

/// How long a wait may take before the test fails; waits end as soon as the condition holds.
inline constexpr std::chrono::milliseconds patience{10'000};

}  // namespace gatehouse::sim::test
