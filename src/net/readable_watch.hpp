#pragma once

#include <gatehouse/net/channel.hpp>

#include <boost/asio/detail/reactor_op.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>

namespace gatehouse::net {

/// Waits for a socket to become readable, as often as it is asked to, without a system call.
///
/// Asio registers a socket once, edge-triggered. Its reads then only queue up for the next edge,
/// but its `async_wait` asks the kernel anew each time (epoll_ctl), which costs as much as a read.
/// So this is a read, in Asio's terms, that reads nothing. The classes it needs are Asio's own and
/// not documented; they have been as they are for many versions, and a change would not compile.
class readable_watch final : public boost::asio::detail::reactor_op {
 public:
  using callback = std::function<void(const boost::system::error_code&)>;
  using socket_type = channel::socket_type;

  explicit readable_watch(callback told);

  /// Not while one is under way. What was readable before counts only if it was read up.
  void begin(socket_type& socket);
  /// Its socket is closed: it tells the error if it is under way, then it is gone. With the event
  /// loop itself destroyed nothing is told, but the callback and what it holds are destroyed.
  static void abandon(readable_watch* watch) noexcept;

 private:
  static status perform(reactor_op*) noexcept { return done_and_exhausted; }
  static void complete(void* owner, boost::asio::detail::operation* base,
                       const boost::system::error_code& error, std::size_t bytes);

  void tell(const boost::system::error_code& result);

  callback told_;
  bool is_under_way_ = false;
  bool is_telling_ = false;
  bool is_abandoned_ = false;
};

}  // namespace gatehouse::net
