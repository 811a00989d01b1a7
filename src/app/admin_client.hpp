#pragma once

#include "admin_target.hpp"

#include <gatehouse/net/http_client.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace gatehouse::app {

/// Why a command to the daemon has come to nothing, in words for the user.
class admin_failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Asks a daemon's admin port. Blocking, one request at a time.
class admin_client {
 public:
  /// Throws std::runtime_error naming a certificate file that cannot be used.
  explicit admin_client(admin_target target,
                        runtime::duration answer_timeout = runtime::seconds{30});

  struct answer {
    unsigned status = 0;
    std::string body;
    [[nodiscard]] bool is_success() const noexcept { return status >= 200 && status < 300; }
  };
  /// Whatever the daemon answers. Throws admin_failure if it does not, or refuses the secret.
  answer ask(const std::string& method, const std::string& target, std::string body = {});
  /// The body of a success. Throws admin_failure for any other, with the reason it gives.
  std::string get(const std::string& target);

 private:
  admin_target target_;
  runtime::duration answer_timeout_;
  std::unique_ptr<const net::tls_context> tls_;
  boost::asio::io_context io_;
  net::http_client client_;
};

/// `{"error":"…"}` in words.
std::string error_text(const admin_client::answer& answer);

}  // namespace gatehouse::app
