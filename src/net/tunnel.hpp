#pragma once

#include <gatehouse/net/channel.hpp>
#include <gatehouse/net/egress_proxy.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace gatehouse::net {

/// Asks the proxy at the other end of `socket` for a way to `to` (RFC 9110, CONNECT). Without an
/// error what follows on it is said to `to`.
boost::asio::awaitable<boost::system::error_code> open_tunnel(channel::socket_type& socket,
                                                              const egress_proxy& proxy,
                                                              const url& to);

}  // namespace gatehouse::net
