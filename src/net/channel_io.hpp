#pragma once

#include <gatehouse/net/channel.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <span>
#include <string_view>

/// Coroutine reading and writing for conversations that are not on the data path.
namespace gatehouse::net {

/// Reads at least one byte; 0 means that the peer closed in order.
boost::asio::awaitable<boost::system::result<std::size_t>> read_some(channel& from,
                                                                     std::span<char> into);
boost::asio::awaitable<boost::system::error_code> write_all(channel& to, std::string_view bytes);

}  // namespace gatehouse::net
