#include "channel_io.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Waits as `status` asks; an error code ends the conversation.
asio::awaitable<error_code> wait_for(channel& on, io_status status) {
  constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
  if (status == io_status::want_read) {
    const auto [error] = co_await on.async_wait_readable(use_tuple);
    co_return error;
  }
  const auto [error] = co_await on.async_wait_writable(use_tuple);
  co_return error;
}

}  // namespace

asio::awaitable<boost::system::result<std::size_t>> read_some(channel& from, std::span<char> into) {
  for (;;) {
    const io_result read = from.read(into);
    switch (read.status) {
      case io_status::done:
        co_return read.bytes;
      case io_status::end:
        co_return std::size_t{0};
      case io_status::failed:
        co_return read.error;
      case io_status::want_read:
      case io_status::want_write:
        break;
    }
    if (const error_code error = co_await wait_for(from, read.status)) co_return error;
  }
}

asio::awaitable<error_code> write_all(channel& to, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::array pieces{bytes};
    const io_result written = to.write(pieces);
    switch (written.status) {
      case io_status::done:
        bytes.remove_prefix(written.bytes);
        continue;
      case io_status::end:
        co_return error_code{boost::asio::error::eof};
      case io_status::failed:
        co_return written.error;
      case io_status::want_read:
      case io_status::want_write:
        break;
    }
    if (const error_code error = co_await wait_for(to, written.status)) co_return error;
  }
  co_return error_code{};
}

}  // namespace gatehouse::net
