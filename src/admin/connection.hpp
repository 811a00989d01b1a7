#pragma once

#include "service.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace gatehouse::admin {

/// Serves requests until the client goes away or breaks the rules.
boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, service& with);

}  // namespace gatehouse::admin
