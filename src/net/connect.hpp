#pragma once

#include <gatehouse/net/resolver.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <string>

/// From addresses to a connected, non-blocking socket. None of these ends by itself when nobody
/// answers: the caller cancels them, and they say `operation_aborted` then and only then.
namespace gatehouse::net {

/// What the next address is given before the one after it is tried, too (RFC 8305 section 5).
inline constexpr runtime::milliseconds connection_attempt_delay{250};

/// The families in turns, beginning with that of the first address; within a family the order
/// stays (RFC 8305 section 4). Pure.
host_addresses interleave(const host_addresses& addresses);

/// Tries the addresses in turn, the next one as soon as one has failed or has had its delay; the
/// first that connects is the one. Else the error of the one that failed last.
boost::asio::awaitable<boost::system::result<boost::asio::ip::tcp::socket>> connect_first(
    host_addresses addresses, std::uint16_t port);

/// Waits where the server's backlog is full.
boost::asio::awaitable<boost::system::result<boost::asio::local::stream_protocol::socket>>
connect_unix(std::string path);

}  // namespace gatehouse::net
