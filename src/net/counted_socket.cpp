#include "counted_socket.hpp"

#include <openssl/bio.h>

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace gatehouse::net {
namespace {

bool is_retry(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int read_bio(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  auto* const socket = static_cast<counted_socket*>(BIO_get_data(bio));
  const auto got = socket->read({into, static_cast<std::size_t>(size)});
  if (got < 0 && is_retry(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

/// Whether the stream has ended tells a cut one from one that was closed in order.
long control_bio(BIO* bio, int command, long, void*) {
  if (command != BIO_CTRL_EOF) return 0;
  return static_cast<counted_socket*>(BIO_get_data(bio))->is_end() ? 1 : 0;
}

/// Lives as long as the process, as OpenSSL's own methods do.
const BIO_METHOD* bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "counted socket");
    if (made == nullptr) return made;
    BIO_meth_set_read(made, read_bio);
    BIO_meth_set_ctrl(made, control_bio);
    return made;
  }();
  return method;
}

/// The count that came with the bytes; 1 if there is none.
int unread_of(msghdr& message) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != IPPROTO_TCP || each->cmsg_type != TCP_CM_INQ) continue;
    int count = 1;
    std::memcpy(&count, CMSG_DATA(each), sizeof(count));
    return count;
  }
  return 1;
}

}  // namespace

std::unique_ptr<counted_socket> counted_socket::of(int descriptor) {
  const int wanted = 1;
  if (::setsockopt(descriptor, IPPROTO_TCP, TCP_INQ, &wanted, sizeof(wanted)) != 0) return nullptr;
  return std::unique_ptr<counted_socket>{new counted_socket{descriptor}};
}

ssize_t counted_socket::read(std::span<char> into) noexcept {
  is_all_ = false;
  iovec vector{into.data(), into.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const auto got = ::recvmsg(descriptor_, &message, MSG_DONTWAIT);
  is_end_ = got == 0;
  is_all_ = got > 0 && unread_of(message) == 0;
  return got;
}

void* counted_socket::make_bio() {
  const BIO_METHOD* const method = bio_method();
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace gatehouse::net
