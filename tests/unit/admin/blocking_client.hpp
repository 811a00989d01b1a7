#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::admin {

/// A blocking client: the server runs on its own thread anyway.
class client {
 public:
  explicit client(std::uint16_t port) : socket_(loop_) {
    socket_.connect(boost::asio::ip::tcp::endpoint{boost::asio::ip::address_v4::loopback(), port});
  }

  void write(std::string_view text) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(text.data(), text.size()), ignored);
  }

  /// Everything until the server closes.
  std::string read_all() {
    std::string text = std::move(buffer_);
    boost::system::error_code ended;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(text), ended);
    return text;
  }

  /// One answer, by its Content-Length.
  std::string read_answer() {
    boost::system::error_code ended;
    const auto head =
        boost::asio::read_until(socket_, boost::asio::dynamic_buffer(buffer_), "\r\n\r\n", ended);
    const auto at = buffer_.find("Content-Length: ");
    const std::size_t length = at < head ? std::stoul(buffer_.substr(at + 16)) : 0;
    if (buffer_.size() < head + length) {
      boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_),
                        boost::asio::transfer_exactly(head + length - buffer_.size()), ended);
    }
    std::string answer = buffer_.substr(0, head + length);
    buffer_.erase(0, head + length);
    return answer;
  }

  std::string ask(std::string_view request) {
    write(request);
    return read_answer();
  }

 private:
  boost::asio::io_context loop_;
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
};

inline std::string get(std::string_view target, std::string_view headers = {}) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\n" + std::string{headers} +
         "\r\n";
}

inline std::string post(std::string_view target, std::string_view body,
                        std::string_view headers = {}) {
  return "POST " + std::string{target} +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{headers} + "\r\n" + std::string{body};
}

}  // namespace gatehouse::admin
