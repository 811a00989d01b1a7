#include "gateway_connection.hpp"

#include "flood.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace gatehouse::sim {

using namespace asio::experimental::awaitable_operators;

namespace {

constexpr std::size_t chunk_bytes = 256U << 10U;
constexpr std::size_t max_client_message = 64U << 10U;
constexpr runtime::seconds close_patience{2};  // for the client's close frame
constexpr runtime::milliseconds watch_period{50};

}  // namespace

gateway_connection::gateway_connection(asio::io_context& loop, simulation& shared,
                                       byte_stream& stream, const gateway_query& query,
                                       bool on_second_port)
    : shared_(shared),
      loop_(loop),
      stream_(stream),
      version_(query.version),
      compressor_(make_compressor(query.compress, shared.options.compression_level)),
      protocol_(shared, *this, on_second_port),
      decoder_(net::ws_role::server, max_client_message),
      writable_(loop, asio::steady_timer::time_point::max()),
      close_deadline_(loop, asio::steady_timer::time_point::max()),
      alive_(std::make_shared<bool>(true)) {}

gateway_connection::~gateway_connection() {
  *alive_ = false;
}

asio::awaitable<void> gateway_connection::run(std::string_view early) {
  protocol_.opened(runtime::clock::now(), version_);
  co_await (read_loop(early) || write_loop() || watch_loop());
  stream_.finish();
  protocol_.closed(client_code_, runtime::clock::now());
  const std::uint16_t code = client_code_.value_or(1006);
  if (!closing_ || client_code_) {
    shared_.board.update([code](statistics& numbers) { ++numbers.client_closes[code]; });
  }
}

asio::awaitable<void> gateway_connection::read_loop(std::string_view early) {
  std::array<char, 16U << 10U> buffer;
  std::string first{early};
  bool open = first.empty() || accept_frames(first);
  while (open) {
    error_code error;
    const std::size_t size = co_await stream_.read_some(asio::buffer(buffer), error);
    if (error) co_return;
    open = accept_frames({buffer.data(), size});
  }
  // What is queued, our close frame above all, still has to reach the client.
  while (!broken_ && pending_bytes_ > 0) {
    error_code error;
    asio::steady_timer poll(loop_, watch_period);
    co_await poll.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

bool gateway_connection::accept_frames(std::span<char> bytes) {
  decoder_.feed(bytes);
  while (const auto message = decoder_.next()) {
    if (!accept_message(*message)) return false;
  }
  if (decoder_.error() == net::ws_error::none) return true;
  protocol_.violate(violation_kind::websocket, std::string(net::to_string(decoder_.error())));
  close(1002, "Protocol error.");
  return false;
}

/// False when the connection is over.
bool gateway_connection::accept_message(const net::ws_message& message) {
  switch (message.opcode) {
    case net::ws_opcode::text:
    case net::ws_opcode::binary:
      if (!closing_) protocol_.received(message.payload, runtime::clock::now());
      return true;
    case net::ws_opcode::ping:
      queue_frame(net::ws_opcode::pong, message.payload);
      return true;
    case net::ws_opcode::close:
      client_code_ = net::ws_close_code(message.payload).value_or(1005);
      if (!closing_) queue_frame(net::ws_opcode::close, message.payload);
      closing_ = true;
      return false;
    case net::ws_opcode::pong:
    case net::ws_opcode::continuation:
      return true;
  }
  return true;
}

asio::awaitable<void> gateway_connection::write_loop() {
  while (!broken_) {
    if (chunks_.empty() || held_) {
      error_code woken;
      co_await writable_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) co_return;
      continue;
    }
    co_await write_chunk();
  }
}

asio::awaitable<void> gateway_connection::write_chunk() {
  const std::string chunk = std::move(chunks_.front());
  chunks_.pop_front();
  pending_bytes_ -= chunk.size();
  // The next chunk is filled while this one is on its way.
  if (const session* const current = protocol_.current(); current != nullptr && !closing_) {
    shared_.running_flood->drained(*current);
  }
  error_code error;
  co_await stream_.write(asio::buffer(chunk), error);
  if (error) {
    broken_ = true;
  } else {
    shared_.board.update([&](statistics& numbers) { numbers.bytes_written += chunk.size(); });
  }
}

asio::awaitable<void> gateway_connection::watch_loop() {
  asio::steady_timer tick(loop_);
  for (;;) {
    tick.expires_after(watch_period);
    error_code error;
    co_await tick.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    const auto now = runtime::clock::now();
    if (closing_ && now >= close_deadline_.expiry()) co_return;
    protocol_.check(now);
  }
}

void gateway_connection::send(std::string_view payload) {
  if (closing_ || broken_) return;
  if (compressor_) {
    scratch_.clear();
    compressor_->append(payload, scratch_);
    queue_frame(net::ws_opcode::binary, scratch_);
  } else {
    queue_frame(net::ws_opcode::text, payload);
  }
  if (pending_bytes_ > shared_.options.max_pending_bytes && !held_) {
    protocol_.violate(violation_kind::slow_reader, "too much waiting: cut off");
    reset();
  }
}

void gateway_connection::send_garbage() {
  constexpr std::string_view garbage = "\xFF\xFE\xFD not a compressed stream \x00\x00\xFF\xFF";
  if (!closing_ && !broken_) queue_frame(net::ws_opcode::binary, garbage);
}

std::string& gateway_connection::tail_chunk(std::size_t bytes) {
  if (chunks_.empty() || chunks_.back().size() + bytes > chunk_bytes) {
    chunks_.emplace_back();
  }
  return chunks_.back();
}

void gateway_connection::queue_frame(net::ws_opcode opcode, std::string_view payload) {
  if (closing_ || broken_) return;
  const auto header = net::encode_ws_header(opcode, payload.size(), std::nullopt);
  const std::size_t bytes = header.size + payload.size();
  std::string& chunk = tail_chunk(bytes);
  chunk.append(header.view());
  chunk.append(payload);
  pending_bytes_ += bytes;
  wake_writer();
}

void gateway_connection::wake_writer() {
  if (!held_) writable_.cancel();
}

void gateway_connection::hold(bool held) {
  held_ = held;
  wake_writer();
}

void gateway_connection::close(std::uint16_t code, std::string_view reason) {
  held_ = false;
  queue_frame(net::ws_opcode::close, net::encode_ws_close(code, reason));
  closing_ = true;
  close_deadline_.expires_after(close_patience);
}

void gateway_connection::reset() {
  broken_ = true;
  stream_.reset();
  writable_.cancel();
}

void gateway_connection::after(runtime::duration delay, std::function<void()> action) {
  std::erase_if(delayed_, [](const asio::steady_timer& timer) {
    return timer.expiry() + close_patience < runtime::clock::now();
  });
  auto& timer = delayed_.emplace_back(loop_, delay);
  timer.async_wait([alive = alive_, action = std::move(action)](error_code error) {
    if (!error && *alive) action();
  });
}

}  // namespace gatehouse::sim
