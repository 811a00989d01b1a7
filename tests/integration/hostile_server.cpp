#include "hostile_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace gatehouse::test {
namespace {

sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int open_socket() {
  return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/// Listens on a port that the operating system chooses.
int listen_on_loopback(int backlog, std::uint16_t& port) {
  const int listener = open_socket();
  auto address = loopback_address(0);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, size) != 0 || ::listen(listener, backlog) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    ::close(listener);
    throw std::runtime_error("cannot listen on loopback");
  }
  port = ntohs(address.sin_port);
  return listener;
}

std::string url_of(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port) + '/';
}

bool would_block(ssize_t result) noexcept {
  return result < 0 && (errno == EAGAIN || errno == EINTR);
}

}  // namespace

hostile_server::hostile_server(const endless_answer& answer)
    : text_(answer.first + answer.again), again_(answer.first.size()) {
  listener_ = listen_on_loopback(SOMAXCONN, port_);
  thread_ = std::thread([this] { serve(); });
}

hostile_server::~hostile_server() {
  ends_ = true;
  thread_.join();
  for (const auto& each : clients_) ::close(each.descriptor);
  ::close(listener_);
}

std::string hostile_server::url() const {
  return url_of(port_);
}

void hostile_server::serve() {
  constexpr int look_up_ms = 50;  // for the end
  std::vector<pollfd> watched;
  while (!ends_) {
    watched.clear();
    for (const auto& each : clients_) {
      const short wanted = each.has_asked ? POLLIN | POLLOUT : POLLIN;
      watched.push_back({each.descriptor, wanted, 0});
    }
    watched.push_back({listener_, POLLIN, 0});
    if (::poll(watched.data(), watched.size(), look_up_ms) <= 0) continue;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (watched[i].revents == 0 || attend(clients_[i], watched[i].revents)) continue;
      ::close(clients_[i].descriptor);
      clients_[i].descriptor = -1;
    }
    std::erase_if(clients_, [](const client& each) { return each.descriptor < 0; });
    if (watched.back().revents != 0) accept_all();
  }
}

void hostile_server::accept_all() {
  for (int made = 0; (made = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
    clients_.push_back({.descriptor = made});
  }
}

bool hostile_server::attend(client& of, short events) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
    std::array<char, 65'536> ignored{};
    const auto got = ::recv(of.descriptor, ignored.data(), ignored.size(), 0);
    if (got == 0 || (got < 0 && !would_block(got))) return false;
    of.has_asked = true;
  }
  if (!of.has_asked) return true;
  const auto sent =
      ::send(of.descriptor, text_.data() + of.place, text_.size() - of.place, MSG_NOSIGNAL);
  if (sent < 0) return would_block(sent);
  of.place += static_cast<std::size_t>(sent);
  if (of.place == text_.size()) of.place = again_;
  bytes_sent_ += static_cast<std::uint64_t>(sent);
  return true;
}

black_hole::black_hole() {
  listener_ = listen_on_loopback(0, port_);
  // The kernel lets in one more than the backlog; further ones get no answer.
  constexpr int enough = 4;
  for (int i = 0; i < enough; ++i) {
    fillers_.push_back(open_socket());
    const auto address = loopback_address(port_);
    static_cast<void>(
        ::connect(fillers_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  }
}

black_hole::~black_hole() {
  for (const int each : fillers_) ::close(each);
  ::close(listener_);
}

std::string black_hole::url() const {
  return url_of(port_);
}

}  // namespace gatehouse::test
