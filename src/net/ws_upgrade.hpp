#pragma once

#include <gatehouse/net/ws_connection.hpp>

/// The opening handshake of RFC 6455 section 4, on a connection that stands.
namespace gatehouse::net {

using ws_open_result = boost::system::result<std::unique_ptr<ws_connection>, ws_open_failure>;

/// Asks for the upgrade and verifies the answer. Has no deadline of its own.
boost::asio::awaitable<ws_open_result> upgrade(channel connected, const url& to);

}  // namespace gatehouse::net
