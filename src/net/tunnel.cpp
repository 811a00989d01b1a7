#include "tunnel.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t largest_answer = 16'384;

constexpr int no_http = -1;

/// Its values are HTTP statuses, or `no_http`.
class proxy_category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "gatehouse.proxy"; }
  [[nodiscard]] std::string message(int status) const override {
    if (status == no_http) return "the proxy does not speak HTTP";
    const std::string_view hint = status == 407 ? ": it wants a user and a password" : "";
    return "the proxy refuses the connection with HTTP " + std::to_string(status) +
           std::string{hint};
  }
};

const proxy_category proxy_category_instance;

std::string make_request(const egress_proxy& proxy, const url& to) {
  const bool is_ipv6 = to.host.find(':') != std::string::npos;
  const std::string peer =
      (is_ipv6 ? '[' + to.host + ']' : to.host) + ':' + std::to_string(to.port);
  std::string request = "CONNECT " + peer + " HTTP/1.1\r\nHost: " + peer + "\r\n";
  if (!proxy.authorization.empty()) {
    request += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  }
  return request + "\r\n";
}

error_code judge(std::string_view answer) {
  constexpr std::size_t status_begin = 9;  // behind `HTTP/1.1 `
  int status = 0;
  const bool is_http = answer.starts_with("HTTP/1.") && answer.size() > status_begin + 3;
  const auto* const digits = answer.data() + status_begin;
  if (!is_http || std::from_chars(digits, digits + 3, status).ptr != digits + 3) {
    return {no_http, proxy_category_instance};
  }
  if (status >= 200 && status < 300) return {};
  return {status, proxy_category_instance};
}

}  // namespace

asio::awaitable<error_code> open_tunnel(channel::socket_type& socket, const egress_proxy& proxy,
                                        const url& to) {
  const std::string request = make_request(proxy, to);
  const auto [not_sent, written] =
      co_await asio::async_write(socket, asio::buffer(request), use_tuple);
  if (not_sent) co_return not_sent;
  // Nothing can follow the answer: with TLS the client speaks first.
  std::string answer;
  const auto [not_read, size] = co_await asio::async_read_until(
      socket, asio::dynamic_buffer(answer, largest_answer), "\r\n\r\n", use_tuple);
  if (not_read == asio::error::not_found) {
    co_return error_code{no_http, proxy_category_instance};
  }
  if (not_read) co_return not_read;
  co_return judge(answer);
}

}  // namespace gatehouse::net
