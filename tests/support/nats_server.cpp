#include "nats_server.hpp"

#include "daemon_process.hpp"

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace gatehouse::test {
namespace {

bool is_program(const std::filesystem::path& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

bool takes_connections(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_open =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return is_open;
}

}  // namespace

std::optional<std::string> nats_server_binary() {
  if (const char* chosen = std::getenv("GATEHOUSE_NATS_SERVER")) return chosen;
  if (const char* daemon = std::getenv("GATEHOUSE_BIN")) {
    const auto fetched = std::filesystem::path{daemon}.parent_path() / "tools" / "nats-server";
    if (is_program(fetched)) return fetched.string();
  }
  for (const auto* folder : {"/usr/local/bin", "/usr/bin", "/usr/sbin"}) {
    const auto installed = std::filesystem::path{folder} / "nats-server";
    if (is_program(installed)) return installed.string();
  }
  return std::nullopt;
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

nats_server::nats_server() : nats_server(options{}) {
  start();
}

nats_server::nats_server(options chosen) : chosen_(std::move(chosen)) {
  if (chosen_.port == 0) chosen_.port = free_port();
}

nats_server::~nats_server() {
  kill();
}

void nats_server::start() {
  const std::string folder = folder_.path().string();
  const std::string text = "server_name: " + chosen_.name +
                           "\nlisten: \"127.0.0.1:" + std::to_string(chosen_.port) +
                           "\"\nlog_file: \"" + folder + "/log\"\njetstream { store_dir: \"" +
                           folder + "/js\" }\n" + chosen_.extra;
  const auto config = folder_.write("nats.conf", text);
  const auto binary = nats_server_binary();
  if (!binary) throw std::runtime_error(nats_server_hint);
  std::array<std::string, 3> arguments{*binary, "--config", config};
  std::array<char*, 4> pointers{arguments[0].data(), arguments[1].data(), arguments[2].data(),
                                nullptr};
  if (::posix_spawn(&pid_, binary->c_str(), nullptr, nullptr, pointers.data(), environ) != 0) {
    throw std::runtime_error("cannot run " + *binary);
  }
  if (!wait_until([&] { return takes_connections(chosen_.port); }, std::chrono::seconds{20})) {
    throw std::runtime_error("nats-server does not listen: " + log());
  }
}

void nats_server::send_signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void nats_server::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string nats_server::url() const {
  return chosen_.scheme + "://127.0.0.1:" + std::to_string(chosen_.port);
}

std::string nats_server::log() const {
  return read_file(folder_.path() / "log");
}

nats_cluster::nats_cluster(const std::string& extra) {
  std::array<std::uint16_t, 3> routes{};
  std::string all;
  for (auto& each : routes) {
    each = free_port();
    all += all.empty() ? "\"" : ", \"";
    all += "nats-route://127.0.0.1:" + std::to_string(each) + '"';
  }
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const std::string cluster =
        "cluster { name: c, listen: \"127.0.0.1:" + std::to_string(routes[i]) + "\", routes: [" +
        all + " ] }\n";
    servers_.push_back(std::make_unique<nats_server>(
        nats_server::options{"n" + std::to_string(i + 1), 0, cluster + extra, "nats"}));
  }
  for (auto& each : servers_) each->start();
}

std::vector<std::string> nats_cluster::urls() const {
  std::vector<std::string> all;
  for (const auto& each : servers_) all.push_back(each->url());
  return all;
}

std::string nats_cluster::url_list() const {
  std::string text = "[";
  for (const auto& each : urls()) text += (text.size() > 1 ? ", \"" : "\"") + each + '"';
  return text + "]";
}

nats_server* nats_cluster::by_name(const std::string& name) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (name == "n" + std::to_string(i + 1)) return servers_[i].get();
  }
  return nullptr;
}

}  // namespace gatehouse::test
