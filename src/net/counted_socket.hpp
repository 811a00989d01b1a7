#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <sys/types.h>

namespace gatehouse::net {

/// Reads a TCP socket and knows after each read whether anything is left in it: Linux counts along
/// (TCP_INQ), and counts the peer's FIN, too. So a socket that is watched for edges needs no read
/// in vain before it is waited for; that a read was short would not do, for the FIN that came with
/// the bytes makes no edge of its own.
///
/// One owner, one thread. The socket is the caller's and must outlive this.
class counted_socket {
 public:
  /// Null where the socket cannot count: a unix socket, an old kernel.
  static std::unique_ptr<counted_socket> of(int descriptor);

  /// As recv on a non-blocking socket: bytes, 0 at the end, or -1 and errno.
  ssize_t read(std::span<char> into) noexcept;
  /// After the last `read` nothing was left, not even the end.
  [[nodiscard]] bool is_all() const noexcept { return is_all_; }

  /// The peer has closed in order.
  [[nodiscard]] bool is_end() const noexcept { return is_end_; }

  /// A BIO that reads through this, to be owned by the SSL whose read BIO it becomes; null without
  /// memory. This must outlive it.
  void* make_bio();

 private:
  explicit counted_socket(int descriptor) noexcept : descriptor_(descriptor) {}

  int descriptor_;
  bool is_all_ = false;
  bool is_end_ = false;
};

}  // namespace gatehouse::net
