#include "unpredictable.hpp"

#include <gatehouse/net/ws_connection.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Chunks that one connection may read in a row before the others of its thread get their turn.
constexpr int reads_per_turn = 4;

std::array<char, 4> make_mask() {
  std::array<char, 4> mask{};
  fill_unpredictably(std::as_writable_bytes(std::span{mask}));
  return mask;
}

}  // namespace

ws_connection::ws_connection(channel connected, std::string received)
    : channel_(std::move(connected)),
      received_(std::move(received)),
      pause_timer_(channel_.executor()),
      close_timer_(channel_.executor()) {
  // The watch alone keeps the coroutine that waits: if the event loop is destroyed, it is, too.
  auto waiting = std::make_shared<std::optional<asio::any_completion_handler<void()>>>();
  waiting_reader_ = waiting.get();
  channel_.count_unread();
  channel_.set_watch([waiting = std::move(waiting)](const error_code&) {
    // Not by assignment, which in Asio's version does not end.
    asio::any_completion_handler<void()> resumed(std::move(waiting->value()));
    waiting->reset();
    std::move(resumed)();
  });
}

asio::awaitable<ws_end> ws_connection::run(ws_reader& reader, read_buffer& buffer) {
  std::exception_ptr failure;
  try {
    co_await read_until_end(reader, buffer);
  } catch (...) {
    failure = std::current_exception();
  }
  channel_.close();
  close_timer_.cancel();
  // The callbacks of `flush` and `close` refer to this object: let them run before it goes.
  while (open_callbacks_ > 0) co_await asio::post(channel_.executor(), asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  co_return end_;
}

asio::awaitable<void> ws_connection::read_until_end(ws_reader& reader, read_buffer& buffer) {
  if (!received_.empty()) {
    const auto early = buffer.writable().first(received_.size());
    std::copy(received_.begin(), received_.end(), early.begin());
    received_ = {};
    if (!deliver(reader, early)) co_return;
  }
  int reads = 0;
  for (;;) {
    if (before_pause_ == 0 && !closing_ && reader.wants_pause()) co_await pause(reader);
    error_code error;
    switch (read_once(reader, buffer)) {
      case step::stop:
        co_return;
      case step::read_again:
        if (++reads < reads_per_turn) continue;
        co_await asio::post(channel_.executor(), asio::use_awaitable);
        break;
      case step::wait_readable:
        before_pause_ = 0;
        co_await until_readable();
        break;
      case step::wait_writable:
        std::tie(error) = co_await channel_.async_wait_writable(use_tuple);
        break;
    }
    reads = 0;
    if (error) {
      if (!end_.code) end_.error = error;
      co_return;
    }
  }
}

/// Whoever is told first that it may go on may fill the memory again: each one asks anew.
asio::awaitable<void> ws_connection::pause(const ws_reader& reader) {
  const auto until = runtime::clock::now() + max_read_pause;
  while (!closing_ && channel_.is_open() && reader.wants_pause()) {
    pause_timer_.expires_at(until);
    const auto [told] = co_await pause_timer_.async_wait(use_tuple);
    if (told) continue;
    before_pause_ = channel_.unread_bytes();
    break;
  }
}

/// Ends when there is something to read, or the channel is closed: reading shows which.
asio::awaitable<void> ws_connection::until_readable() {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [this](auto handler) {
        waiting_reader_->emplace(std::move(handler));
        channel_.watch_readable();
      },
      asio::use_awaitable);
}

ws_connection::step ws_connection::read_once(ws_reader& reader, read_buffer& buffer) {
  if (!channel_.is_open()) {
    end_.error = asio::error::operation_aborted;
    return step::stop;
  }
  const io_result read = channel_.read(buffer.writable());
  switch (read.status) {
    case io_status::done:
      break;
    case io_status::want_read:
      return step::wait_readable;
    case io_status::want_write:
      return step::wait_writable;
    case io_status::end:
      end_.error = asio::error::eof;
      return step::stop;
    case io_status::failed:
      end_.error = read.error;
      return step::stop;
  }
  bytes_received_ += read.bytes;
  before_pause_ -= std::min(before_pause_, read.bytes);
  if (!deliver(reader, buffer.filled(read.bytes))) return step::stop;
  if (!waiting_writable_) flush();  // TLS may have had to read before it could write
  return read.is_all ? step::wait_readable : step::read_again;
}

/// False when the connection is over.
bool ws_connection::deliver(ws_reader& reader, std::span<char> bytes) {
  if (closing_) return deliver_messages(reader, bytes);
  bool goes_on = false;
  reader.on_read_begin();
  try {
    goes_on = deliver_messages(reader, bytes);
  } catch (...) {
    reader.on_read_end();
    throw;
  }
  reader.on_read_end();
  return goes_on;
}

bool ws_connection::deliver_messages(ws_reader& reader, std::span<char> bytes) {
  decoder_.feed(bytes);
  while (const auto message = decoder_.next()) {
    if (!accept(reader, *message)) return false;
  }
  if (decoder_.error() == ws_error::none) return true;
  end_.violation = decoder_.error();
  return false;
}

bool ws_connection::accept(ws_reader& reader, const ws_message& message) {
  switch (message.opcode) {
    case ws_opcode::text:
    case ws_opcode::binary:
      if (!closing_) reader.on_message(message.opcode, message.payload);
      return channel_.is_open();
    case ws_opcode::ping:
      send_frame(ws_opcode::pong, message.payload);
      return channel_.is_open();
    case ws_opcode::close:
      end_.code = ws_close_code(message.payload);
      // An echo lets the peer end the TCP connection in order (RFC 6455 section 5.5.1).
      if (!closing_) send_frame(ws_opcode::close, message.payload);
      return false;
    case ws_opcode::pong:
    case ws_opcode::continuation:
      break;
  }
  return true;
}

void ws_connection::send_text(std::string_view text) {
  if (!closing_) send_frame(ws_opcode::text, text);
}

void ws_connection::resume() {
  pause_timer_.cancel();
}

void ws_connection::abort() {
  channel_.close();
  pause_timer_.cancel();
}

void ws_connection::close(std::uint16_t code) {
  if (closing_) return;
  send_frame(ws_opcode::close, encode_ws_close(code, {}));
  closing_ = true;
  pause_timer_.cancel();
  close_timer_.expires_after(close_grace);
  ++open_callbacks_;
  close_timer_.async_wait([this](const error_code& error) {
    --open_callbacks_;
    if (!error) channel_.close();
  });
}

void ws_connection::send_frame(ws_opcode opcode, std::string_view payload) {
  if (!channel_.is_open()) return;
  append_ws_frame(unsent_, opcode, payload, make_mask());
  if (unsent_.size() > max_unsent_bytes) return abort();
  if (!waiting_writable_) flush();
}

void ws_connection::flush() {
  while (!unsent_.empty()) {
    const std::array pieces{std::string_view{unsent_}};
    const io_result written = channel_.write(pieces);
    if (written.status == io_status::done) {
      bytes_sent_ += written.bytes;
      unsent_.erase(0, written.bytes);
      continue;
    }
    // A failed write shows in the read as well, which also learns of a close frame sent before; and
    // where TLS has to read first, the next read flushes again.
    if (written.status != io_status::want_write) return;
    waiting_writable_ = true;
    ++open_callbacks_;
    channel_.async_wait_writable([this](const error_code& error) {
      --open_callbacks_;
      waiting_writable_ = false;
      if (!error) flush();
    });
    return;
  }
}

}  // namespace gatehouse::net
