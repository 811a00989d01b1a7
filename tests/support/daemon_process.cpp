#include "daemon_process.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gatehouse::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string binary() {
  const char* path = std::getenv("GATEHOUSE_BIN");
  if (path == nullptr) throw std::runtime_error("GATEHOUSE_BIN is not set");
  return path;
}

/// As execve wants them: null at the end.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

int pidfd_open(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  while (!condition()) {
    if (steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

daemon_process::daemon_process(const std::string& config_text,
                               const std::vector<std::string>& environment) {
  start({"run", "--config", folder_.write("gatehouse.toml", config_text)}, environment);
}

daemon_process::daemon_process(const std::vector<std::string>& arguments) {
  start(arguments, {});
}

void daemon_process::start(std::vector<std::string> arguments,
                           std::vector<std::string> environment) {
  arguments.insert(arguments.begin(), binary());
  for (char** own = environ; *own != nullptr; ++own) environment.emplace_back(*own);
  const std::string log_path = (folder_.path() / "log").string();
  const auto argv = pointers_to(arguments);
  const auto envp = pointers_to(environment);

  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log >= 0 && ::chdir(folder_.path().c_str()) == 0) {
      ::dup2(log, STDOUT_FILENO);
      ::dup2(log, STDERR_FILENO);
      // An inherited listener would keep a port open that a test has closed.
      ::close_range(STDERR_FILENO + 1, ~0U, 0);
      ::execve(argv[0], argv.data(), envp.data());
    }
    ::_exit(127);
  }
  pid_descriptor_ = pidfd_open(pid_);
  if (pid_descriptor_ < 0) throw std::runtime_error("pidfd_open failed");
}

daemon_process::~daemon_process() {
  if (!end_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(pid_descriptor_);
}

void daemon_process::send_signal(int number) const {
  if (!end_) ::kill(pid_, number);
}

std::optional<process_end> daemon_process::wait_for_end(milliseconds timeout) {
  if (end_) return end_;
  pollfd ended{pid_descriptor_, POLLIN, 0};
  const auto deadline = steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    const int ready = ::poll(&ended, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) break;
    if (ready == 0 || errno != EINTR) return std::nullopt;
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  end_.emplace();
  if (WIFEXITED(status)) {
    end_->exit_code = WEXITSTATUS(status);
  } else {
    end_->signal = WTERMSIG(status);
  }
  return end_;
}

std::optional<process_end> daemon_process::stop(milliseconds timeout) {
  send_signal(SIGTERM);
  return wait_for_end(timeout);
}

std::string daemon_process::log() const {
  return read_file(folder_.path() / "log");
}

bool daemon_process::wait_for_log(const std::string& text, milliseconds timeout) const {
  return wait_until([&] { return log().find(text) != std::string::npos; }, timeout);
}

std::uint16_t daemon_process::admin_port() const {
  const std::string marker = "admin listens on port ";
  if (!wait_for_log(marker)) return 0;
  const std::string text = log();
  return static_cast<std::uint16_t>(std::stoi(text.substr(text.find(marker) + marker.size())));
}

http_answer http_get(std::uint16_t port, const std::string& path) {
  return http_send(port, "GET", path);
}

http_answer http_send(std::uint16_t port, const std::string& method, const std::string& path,
                      const std::string& json_body) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  http_answer answer;
  const timeval patience{30, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    std::string request = method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!json_body.empty()) {
      request +=
          "Content-Type: application/json\r\nContent-Length: " + std::to_string(json_body.size()) +
          "\r\n";
    }
    request += "Connection: close\r\n\r\n" + json_body;
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    std::string received;
    std::array<char, 4096> chunk{};
    for (ssize_t count = 0; (count = ::recv(socket, chunk.data(), chunk.size(), 0)) > 0;) {
      received.append(chunk.data(), static_cast<std::size_t>(count));
    }
    if (received.size() > 12) answer.status = std::atoi(received.c_str() + 9);
    const auto body = received.find("\r\n\r\n");
    if (body != std::string::npos) answer.body = received.substr(body + 4);
  }
  ::close(socket);
  return answer;
}

}  // namespace gatehouse::test
