#include "counted_socket.hpp"
#include "readable_watch.hpp"
#include "tls_error.hpp"

#include <gatehouse/net/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace gatehouse::net {
namespace {

/// What one gathered system call takes: a batch of 64 events is 130 pieces.
constexpr std::size_t max_pieces = 256;
constexpr std::size_t tls_record_bytes = 16'384;

SSL* as_ssl(void* ssl) {
  return static_cast<SSL*>(ssl);
}

bool would_block(const boost::system::error_code& error) {
  return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
}

/// Translates what SSL_read or SSL_write returned.
io_result tls_result(SSL* ssl, int returned) {
  if (returned > 0) return {io_status::done, static_cast<std::size_t>(returned), {}};
  const int saved_errno = errno;
  switch (SSL_get_error(ssl, returned)) {
    case SSL_ERROR_WANT_READ:
      return {io_status::want_read, 0, {}};
    case SSL_ERROR_WANT_WRITE:
      return {io_status::want_write, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {io_status::end, 0, {}};
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      if (saved_errno != 0) {
        return {io_status::failed, 0, {saved_errno, boost::system::system_category()}};
      }
      return {io_status::end, 0, {}};
    default:
      return {io_status::failed, 0, take_tls_error(ssl)};
  }
}

}  // namespace

channel::channel(socket_type socket, void* ssl) : socket_(std::move(socket)), ssl_(ssl) {}

channel::channel(channel&& other) noexcept
    : socket_(std::move(other.socket_)),
      ssl_(std::exchange(other.ssl_, nullptr)),
      counted_(std::move(other.counted_)),
      watch_(std::exchange(other.watch_, nullptr)) {}

channel::~channel() {
  close();
}

void channel::close() noexcept {
  if (ssl_ != nullptr) {
    SSL_shutdown(as_ssl(ssl_));
    SSL_free(as_ssl(std::exchange(ssl_, nullptr)));
    ERR_clear_error();
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (watch_ != nullptr) readable_watch::abandon(std::exchange(watch_, nullptr));
}

void channel::set_watch(std::function<void(const boost::system::error_code&)> told) {
  watch_ = new readable_watch(std::move(told));
}

std::size_t channel::unread_bytes() const noexcept {
  boost::system::error_code closed;
  return socket_.available(closed);
}

void channel::watch_readable() {
  watch_->begin(socket_);
}

void channel::count_unread() {
  counted_ = counted_socket::of(socket_.native_handle());
  if (!counted_ || ssl_ == nullptr) return;
  if (void* const bio = counted_->make_bio()) {
    SSL_set0_rbio(as_ssl(ssl_), static_cast<BIO*>(bio));
  } else {
    counted_.reset();
  }
}

io_result channel::read(std::span<char> into) noexcept {
  return ssl_ != nullptr ? read_tls(into) : read_plain(into);
}

io_result channel::write(std::span<const std::string_view> pieces) noexcept {
  return ssl_ != nullptr ? write_tls(pieces) : write_plain(pieces);
}

io_result channel::read_plain(std::span<char> into) noexcept {
  if (counted_) return read_counted(into);
  boost::system::error_code error;
  const std::size_t bytes =
      socket_.receive(boost::asio::buffer(into.data(), into.size()), 0, error);
  if (!error) return {io_status::done, bytes, {}, bytes < into.size()};
  if (would_block(error)) return {io_status::want_read, 0, {}};
  if (error == boost::asio::error::eof) return {io_status::end, 0, {}};
  return {io_status::failed, 0, error};
}

io_result channel::read_counted(std::span<char> into) noexcept {
  const auto got = counted_->read(into);
  if (got == 0) return {io_status::end, 0, {}};
  if (got > 0) {
    const auto bytes = static_cast<std::size_t>(got);
    return {io_status::done, bytes, {}, bytes < into.size(), counted_->is_all()};
  }
  const boost::system::error_code error{errno, boost::system::system_category()};
  if (would_block(error) || errno == EINTR) return {io_status::want_read, 0, {}};
  return {io_status::failed, 0, error};
}

io_result channel::write_plain(std::span<const std::string_view> pieces) noexcept {
  // Not by the socket's `send`: it would hand all of the array to the kernel, which copies and
  // checks every entry, also those without a piece.
  std::array<iovec, max_pieces> vectors;
  const std::size_t count = std::min(pieces.size(), vectors.size());
  for (std::size_t i = 0; i < count; ++i) {
    vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};  // is only read
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  for (;;) {
    const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (sent >= 0) return {io_status::done, static_cast<std::size_t>(sent), {}};
    if (errno == EINTR) continue;
    const boost::system::error_code error{errno, boost::system::system_category()};
    if (would_block(error)) return {io_status::want_write, 0, {}};
    return {io_status::failed, 0, error};
  }
}

io_result channel::read_tls(std::span<char> into) noexcept {
  errno = 0;
  const auto room = static_cast<int>(std::min<std::size_t>(into.size(), 1U << 30));
  auto result = tls_result(as_ssl(ssl_), SSL_read(as_ssl(ssl_), into.data(), room));
  // A full record is followed by another one, mostly.
  const bool is_empty = result.status == io_status::done && SSL_has_pending(as_ssl(ssl_)) == 0;
  result.is_last = is_empty && result.bytes < tls_record_bytes;
  result.is_all = is_empty && counted_ && counted_->is_all();
  return result;
}

io_result channel::write_tls(std::span<const std::string_view> pieces) noexcept {
  // One record for all small pieces: a record each would double the bytes of a typical request.
  std::array<char, tls_record_bytes> record;
  std::size_t filled = 0;
  for (const std::string_view piece : pieces) {
    const std::size_t take = std::min(piece.size(), record.size() - filled);
    std::memcpy(record.data() + filled, piece.data(), take);
    filled += take;
    if (filled == record.size()) break;
  }
  if (filled == 0) return {};
  errno = 0;
  return tls_result(as_ssl(ssl_), SSL_write(as_ssl(ssl_), record.data(), static_cast<int>(filled)));
}

}  // namespace gatehouse::net
