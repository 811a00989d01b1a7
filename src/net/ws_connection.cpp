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
constexpr runtime::milliseconds pause_step{5};
/// Read at once where a pause is wanted but has lasted its time: enough for a heartbeat ACK.
constexpr std::size_t paused_read_bytes = 2'048;

std::array<char, 4> make_mask(runtime::random_source& random) {
  std::array<char, 4> mask{};
  for (char& byte : mask) byte = static_cast<char>(random() * 256.0);
  return mask;
}

}  // namespace

ws_connection::ws_connection(channel connected, std::string received,
                             runtime::random_source& random)
    : channel_(std::move(connected)),
      received_(std::move(received)),
      random_(random),
      pause_timer_(channel_.executor()),
      close_timer_(channel_.executor()) {}

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
    if (!closing_ && reader.wants_pause()) co_await pause(reader);
    error_code error;
    switch (read_once(reader, buffer)) {
      case step::stop:
        co_return;
      case step::read_again:
        if (++reads < reads_per_turn) continue;
        co_await asio::post(channel_.executor(), asio::use_awaitable);
        break;
      case step::wait_readable:
        std::tie(error) = co_await channel_.async_wait_readable(use_tuple);
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

asio::awaitable<void> ws_connection::pause(const ws_reader& reader) {
  const auto until = runtime::clock::now() + max_read_pause;
  while (!closing_ && channel_.is_open() && reader.wants_pause() && runtime::clock::now() < until) {
    pause_timer_.expires_after(pause_step);
    co_await pause_timer_.async_wait(use_tuple);
  }
}

ws_connection::step ws_connection::read_once(ws_reader& reader, read_buffer& buffer) {
  if (!channel_.is_open()) {
    end_.error = asio::error::operation_aborted;
    return step::stop;
  }
  auto room = buffer.writable();
  if (!closing_ && reader.wants_pause()) room = room.first(paused_read_bytes);
  const io_result read = channel_.read(room);
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
  if (!deliver(reader, buffer.filled(read.bytes))) return step::stop;
  return read.is_last ? step::wait_readable : step::read_again;
}

/// False when the connection is over.
bool ws_connection::deliver(ws_reader& reader, std::span<char> bytes) {
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
  append_ws_frame(unsent_, opcode, payload, make_mask(random_));
  if (unsent_.size() > max_unsent_bytes) {
    channel_.close();
    return;
  }
  if (!waiting_writable_) flush();
}

void ws_connection::flush() {
  while (!unsent_.empty()) {
    const std::array pieces{std::string_view{unsent_}};
    const io_result written = channel_.write(pieces);
    if (written.status == io_status::done) {
      unsent_.erase(0, written.bytes);
      continue;
    }
    // A failed write shows in the read as well, which also learns of a close frame sent before.
    if (written.status != io_status::want_write && written.status != io_status::want_read) return;
    waiting_writable_ = true;
    ++open_callbacks_;
    const auto resume = [this](const error_code& error) {
      --open_callbacks_;
      waiting_writable_ = false;
      if (!error) flush();
    };
    if (written.status == io_status::want_write) {
      channel_.async_wait_writable(resume);
    } else {
      channel_.async_wait_readable(resume);
    }
    return;
  }
}

}  // namespace gatehouse::net
