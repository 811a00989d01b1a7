#pragma once

#include <gatehouse/net/http_client.hpp>

#include <functional>
#include <loopback.hpp>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::net {

/// A client and a peer on one loop.
class http_client_fixture : public test::loopback {
 protected:
  using tcp = test::tcp;
  template <class Value>
  using awaitable = test::awaitable<Value>;
  using http_peer = test::http_peer;

  [[nodiscard]] url origin() const { return *parse_url(peer_.origin()); }

  /// The peer accepts `connections` one after another and treats each as `serve` says.
  void start_peer(int connections, std::function<awaitable<void>(tcp::socket&)> serve) {
    start([this, connections, serve]() -> awaitable<void> {
      for (int i = 0; i < connections; ++i) {
        auto socket = co_await peer_.accept();
        co_await serve(socket);
      }
    });
  }

  /// A peer that answers every request on one connection with the next of these texts.
  void start_answering(std::vector<std::string> answers) {
    start([this, answers = std::move(answers)]() -> awaitable<void> {
      auto socket = co_await peer_.accept();
      for (const auto& text : answers) {
        requests_.push_back(co_await http_peer::read_request(socket));
        co_await http_peer::write(socket, text);
      }
    });
  }

  static http_request get(std::string target) {
    http_request request;
    request.target = std::move(target);
    return request;
  }

  static runtime::time_point late() { return runtime::clock::now() + runtime::seconds{30}; }
  static runtime::time_point soon() { return runtime::clock::now() + runtime::milliseconds{30}; }

  /// Sends and returns the body, or the error in angle brackets.
  static awaitable<std::string> fetch(http_client& client, http_request request) {
    auto response = co_await client.send(std::move(request), late());
    co_return response ? std::move(response->body) : "<" + response.error().message() + ">";
  }

  http_peer peer_{loop()};
  std::vector<std::string> requests_;
};

}  // namespace gatehouse::net
