#include "system_lookup.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

error_code as_error(int answer, int system_error) {
  switch (answer) {
    case EAI_AGAIN:
      return asio::error::host_not_found_try_again;
    case EAI_FAIL:
      return asio::error::no_recovery;
    case EAI_MEMORY:
      return asio::error::no_memory;
    case EAI_SYSTEM:
      return {system_error, boost::system::system_category()};
    default:
      return asio::error::host_not_found;
  }
}

void add(const sockaddr* from, host_addresses& to) {
  if (from->sa_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, from, sizeof address);
    to.emplace_back(asio::ip::address_v4{ntohl(address.sin_addr.s_addr)});
  } else if (from->sa_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, from, sizeof address);
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
    to.emplace_back(asio::ip::address_v6{bytes, address.sin6_scope_id});
  }
}

}  // namespace

resolved system_lookup(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  errno = 0;
  const int answer = ::getaddrinfo(host.c_str(), nullptr, &wanted, &first);
  if (answer != 0) return as_error(answer, errno);
  host_addresses found;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    add(each->ai_addr, found);
  }
  ::freeaddrinfo(first);
  if (found.empty()) return error_code{asio::error::no_data};
  return found;
}

}  // namespace gatehouse::net
