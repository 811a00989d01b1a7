#include "daemon_process.hpp"
#include "setup.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

/// What is wrong with a name, an address or an answer stays with it.
namespace gatehouse::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::Not;

/// A name server that takes questions and answers none, and a folder of files for the daemon to
/// find it by.
class black_hole {
 public:
  static constexpr const char* address = "127.86.77.68";

  black_hole() : folder_(std::make_unique<temporary_folder>()) {
    boost::system::error_code error;
    socket_.open(asio::ip::udp::v4(), error);
    if (!error) socket_.bind({asio::ip::make_address(address), 53}, error);
    is_there_ = !error;
    resolv_conf_ = folder_->write("resolv.conf", std::string{"nameserver "} + address + '\n');
  }

  /// Starts a daemon that knows no other name server; null where that is not possible.
  std::unique_ptr<daemon_process> start_daemon(const std::string& config) {
    std::unique_ptr<daemon_process> started;
    if (!is_there_) return started;
    // The mounts are those of this one thread, and of the process that it starts.
    std::thread{[&] {
      if (::unshare(CLONE_NEWNS) != 0) return;
      if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
      if (::mount(resolv_conf_.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) != 0) return;
      started = std::make_unique<daemon_process>(config);
    }}.join();
    return started;
  }

 private:
  std::unique_ptr<temporary_folder> folder_;
  asio::io_context loop_;
  asio::ip::udp::socket socket_{loop_};
  bool is_there_ = false;
  std::string resolv_conf_;
};

/// Events of even shards go to a name that nobody answers for, those of odd ones to a literal.
TEST(names, that_nobody_answers_for_hold_up_nothing_else) {
  auto options = quick_discord(2);
  sim::simulator discord{options};
  sim::event_handler handler;
  black_hole names;
  const auto daemon =
      names.start_daemon(config_text{discord, {"http://dead.test:9/", handler.url()}}
                             .add("gateway", "total_workers = 1")
                             .str());
  if (!daemon) GTEST_SKIP() << "needs root, mounts and port 53 of a loopback address";
  ASSERT_TRUE(wait_for_start(*daemon, 2)) << daemon->log();
  EXPECT_TRUE(wait_until([&] { return handler.statistics().events > 8; }, 20s)) << daemon->log();
  // Far sooner than the system gives up on the name, which takes it 10 s.
  EXPECT_THAT(daemon->log(), Not(HasSubstr("Host not found")));
  const auto end = daemon->stop(8s);
  ASSERT_TRUE(end) << daemon->log();
  EXPECT_EQ(end->exit_code, 0) << daemon->log();
}

/// A port on which nobody listens.
std::uint16_t closed_port() {
  asio::io_context loop;
  return tcp::acceptor{loop, {asio::ip::address_v4::loopback(), 0}}.local_endpoint().port();
}

std::size_t descriptors_of(pid_t process) {
  std::size_t highest = 0;
  for (const auto& each :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/fd"}) {
    highest = std::max<std::size_t>(highest, std::stoul(each.path().filename().string()));
  }
  return highest + 1;
}

TEST(descriptors, that_run_out_at_the_start_end_nothing) {
  sim::simulator discord{quick_discord(1)};
  const std::string nobody = "url = \"http://127.0.0.1:" + std::to_string(closed_port()) + "\"";
  daemon_process daemon{config_text{discord, {"http://127.0.0.1:9/"}}.add("rest", nobody).str()};
  ASSERT_TRUE(daemon.wait_for_log("Connection refused")) << daemon.log();
  rlimit before{};
  ::prlimit(daemon.pid(), RLIMIT_NOFILE, nullptr, &before);
  const rlimit none{descriptors_of(daemon.pid()), before.rlim_max};
  ::prlimit(daemon.pid(), RLIMIT_NOFILE, &none, nullptr);
  EXPECT_TRUE(daemon.wait_for_log("Too many open files")) << daemon.log();
  ::prlimit(daemon.pid(), RLIMIT_NOFILE, &before, nullptr);
  EXPECT_FALSE(daemon.wait_for_end(0ms)) << daemon.log();
  const auto end = daemon.stop();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0) << "this time it was asked to";
}

/// Answers every request with the same bytes, one connection at a time.
template <class Protocol>
class terse_handler {
 public:
  terse_handler(typename Protocol::endpoint at, int backlog, std::string answer)
      : acceptor_(loop_), answer_(std::move(answer)) {
    acceptor_.open(at.protocol());
    acceptor_.bind(at);
    acceptor_.listen(backlog);
  }
  ~terse_handler() {
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    ::shutdown(serving_.load(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  terse_handler(const terse_handler&) = delete;
  terse_handler& operator=(const terse_handler&) = delete;

  void start() {
    thread_ = std::thread{[this] {
      while (!stopping_) serve();
    }};
  }
  [[nodiscard]] auto endpoint() const { return acceptor_.local_endpoint(); }
  [[nodiscard]] int served() const { return served_; }

 private:
  void serve() {
    boost::system::error_code error;
    auto socket = acceptor_.accept(error);
    if (error) return;
    serving_ = socket.native_handle();
    std::string text;
    while (!stopping_) {
      const auto head = asio::read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", error);
      if (error) break;
      const auto length = text.find("Content-Length: ");
      const std::size_t whole = head + std::stoul(text.substr(length + 16));
      while (text.size() < whole && !error) {
        char chunk[4096];
        const auto count = socket.read_some(asio::buffer(chunk), error);
        text.append(static_cast<const char*>(chunk), count);
      }
      if (error) break;
      text.erase(0, whole);
      ++served_;
      asio::write(socket, asio::buffer(answer_), error);
      if (ends_each_) break;
    }
    serving_ = -1;
  }

 public:
  std::atomic<bool> ends_each_{false};

 private:
  asio::io_context loop_;
  typename Protocol::acceptor acceptor_;
  const std::string answer_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> serving_{-1};
  std::atomic<int> served_{0};
  std::thread thread_;
};

TEST(answers, may_do_without_a_reason_phrase_and_its_blank) {
  sim::simulator discord{quick_discord(1)};
  terse_handler<tcp> handler{
      {asio::ip::address_v4::loopback(), 0}, 16, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"};
  handler.start();
  const std::string url = "http://127.0.0.1:" + std::to_string(handler.endpoint().port()) + "/";
  daemon_process daemon{config_text{discord, {url}}.add("handlers", "max_in_flight = 1").str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  EXPECT_TRUE(wait_until([&] { return handler.served() >= 9; }, 20s)) << daemon.log();
  EXPECT_THAT(daemon.log(), Not(HasSubstr("is down")));
  daemon.stop();
}

/// 16 connections at once for a backlog of 1, and a handler that takes them one after another.
TEST(unix_sockets, with_a_small_backlog_get_everything) {
  const temporary_folder folder;
  const std::string path = (folder.path() / "handler.sock").string();
  sim::simulator discord{quick_discord(2)};
  terse_handler<asio::local::stream_protocol> handler{
      {path}, 1, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"};
  handler.ends_each_ = true;
  daemon_process daemon{config_text{discord, {"http+unix://" + path + ":/"}}
                            .add("handlers", "max_in_flight = 16")
                            .str()};
  ASSERT_TRUE(wait_for_start(daemon, 2)) << daemon.log();
  handler.start();
  EXPECT_TRUE(wait_until([&] { return handler.served() >= 18; }, 30s)) << daemon.log();
  EXPECT_THAT(daemon.log(), Not(HasSubstr("is down"))) << "no connection was taken for one";
  daemon.stop();
}

}  // namespace
}  // namespace gatehouse::test
