#include "notify_socket.hpp"

#include "daemon_process.hpp"

#include <array>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gatehouse::test {

notify_socket::notify_socket()
    : path_((folder_.path() / "notify").string()),
      descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot bind " + path_);
  }
}

notify_socket::~notify_socket() {
  ::close(descriptor_);
}

std::string notify_socket::receive() {
  std::array<char, 4096> message{};
  const auto size = ::recv(descriptor_, message.data(), message.size(), 0);
  if (size <= 0) return {};
  std::string text(message.data(), static_cast<std::size_t>(size));
  received_.append(text) += '\n';
  return text;
}

bool notify_socket::wait_for(const std::string& text) {
  const auto has_come = [&] {
    while (!receive().empty()) {
    }
    return received_.find(text) != std::string::npos;
  };
  return wait_until(has_come, std::chrono::seconds{20});
}

}  // namespace gatehouse::test
