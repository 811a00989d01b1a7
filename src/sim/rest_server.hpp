#pragma once

#include "byte_stream.hpp"
#include "http_request.hpp"
#include "listener.hpp"
#include "simulation.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::sim {

/// The REST routes a gateway client needs, under any prefix: GET gateway, GET gateway/bot,
/// POST interactions/{id}/{token}/callback.
class rest_server {
 public:
  rest_server(asio::io_context& loop, simulation& shared, asio::ssl::context* tls);

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
  void set_listening(bool listening);

 private:
  struct reply {
    unsigned status = 200;
    std::string body{};
    std::string headers{};
  };

  asio::awaitable<void> serve(std::unique_ptr<byte_stream> stream);
  asio::awaitable<void> answer(byte_stream& stream, const http_request& request, error_code& error);
  asio::awaitable<bool> suffer(byte_stream& stream, const rest_fault& what, error_code& error);
  asio::awaitable<void> wait(runtime::duration time);
  reply route(const http_request& request);
  [[nodiscard]] bool is_authorized(const http_request& request) const;
  [[nodiscard]] reply application(const http_request& request) const;
  reply gateway_bot(const http_request& request);
  reply callback(std::string_view path, const http_request& request);

  asio::io_context& loop_;
  simulation& shared_;
  listener listener_;
};

}  // namespace gatehouse::sim
