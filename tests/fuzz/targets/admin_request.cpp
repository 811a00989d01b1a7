#include "connection.hpp"
#include "fake_control.hpp"
#include "service.hpp"

#include <gatehouse/admin/control_routes.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <array>
#include <fuzz_input.hpp>
#include <sys/socket.h>
#include <unistd.h>

// What a client sends to the admin port, over a pair of sockets. The first byte: whether a secret
// is asked for, and whether the rest is bytes, or a route's number and a body for it.

namespace gatehouse::admin {
namespace {

using fuzz::require;
namespace asio = boost::asio;

constexpr std::string_view secret = "the-admin-secret";

telemetry::logger silent() {
  static const auto log =
      std::make_shared<spdlog::logger>("fuzz", std::make_shared<spdlog::sinks::null_sink_mt>());
  return log;
}

/// The routes over a daemon that writes down what it was asked.
struct parts {
  parts() : persistence(settings(), silent()) {
    add_control_routes(rows, {control, status, metrics, persistence, recent, silent(), "1.2.3",
                              runtime::clock::now()});
  }
  static config::settings settings() {
    config::settings without_disk;
    without_disk.state.dir = "/dev/null/none";
    without_disk.queue.spool_bytes = 0;
    return without_disk;
  }

  test::fake_control control;
  cluster::status_board status;
  cluster::metrics_board metrics;
  telemetry::recent_log recent;
  storage::persistence persistence;
  std::vector<route> rows;
};

parts& shared() {
  static parts all;
  return all;
}

/// What is sent to Discord is checked once more where it is sent (`gateway::validate_command`).
void check_asked(bool may_ask) {
  require(may_ask || shared().control.asked.empty(), "nothing is asked without the secret");
  for (const auto& asked : shared().control.asked) {
    require(asked.size() <= admin_limits{}.max_body_bytes + 100, "within the limit of a body");
  }
  shared().control.asked.clear();
}

/// Every answer begins as one.
std::string talk(std::string_view sent, bool asks_for_secret) {
  std::array<int, 2> ends{};
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
          "sockets are to be had");
  service with{router{shared().rows},
               admin_limits{},
               config::secret{asks_for_secret ? std::string{secret} : std::string{}},
               "127.0.0.1",
               silent(),
               nullptr};
  std::string got;
  {
    asio::io_context loop{1};
    asio::ip::tcp::socket ours{loop};
    ours.assign(asio::ip::tcp::v4(), ends[0]);
    bool ended = false;
    asio::co_spawn(loop, serve(std::move(ours), with), [&](const std::exception_ptr& failure) {
      ended = true;
      if (failure) std::rethrow_exception(failure);
    });
    static_cast<void>(::send(ends[1], sent.data(), sent.size(), MSG_NOSIGNAL));
    ::shutdown(ends[1], SHUT_WR);
    loop.poll();
    std::array<char, 65'536> piece{};
    for (;;) {
      const auto bytes = ::recv(ends[1], piece.data(), piece.size(), 0);
      if (bytes > 0) {
        got.append(piece.data(), static_cast<std::size_t>(bytes));
      } else if (bytes == 0 || ended || loop.poll() == 0) {
        break;
      }
    }
    require(ended, "a client that has said all is let go");
  }
  ::close(ends[1]);
  return got;
}

std::string request_from(fuzz::input& in) {
  const auto& row = shared().rows.at(in.below(static_cast<unsigned>(shared().rows.size())));
  std::string path = row.pattern;
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    std::string value;
    for (const char c : in.text(in.below(12))) value += c > ' ' && c < 0x7F ? c : '0';
    path.replace(open, path.find('}') - open + 1, value.empty() ? "3" : value);
    if (value.find('{') != std::string::npos) break;
  }
  const auto body = in.rest();
  return row.method + ' ' + path +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: " + std::string{secret} +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

void run(fuzz::input& in) {
  const unsigned how = in.byte();
  const bool asks_for_secret = (how & 1U) != 0;
  const bool is_raw = (how & 2U) != 0;
  const std::string sent = is_raw ? std::string{in.text(60'000)} : request_from(in);
  if (sent.find("/tail/") != std::string::npos) return;  // waits for events
  const std::string got = talk(sent, asks_for_secret);
  require(got.empty() || got.starts_with("HTTP/1."), "an answer is HTTP");
  require(got.find(secret) == std::string::npos, "no answer has the secret");
  check_asked(!asks_for_secret || sent.find(secret) != std::string::npos);
}

}  // namespace
}  // namespace gatehouse::admin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatehouse::fuzz::input in{data, size};
  gatehouse::admin::run(in);
  return 0;
}
