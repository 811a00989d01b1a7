#include <gatehouse/net/channel.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <certificates.hpp>
#include <functional>
#include <loopback.hpp>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <temporary_folder.hpp>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using tls_stream = asio::ssl::stream<tcp::socket>;
using testing::HasSubstr;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

runtime::time_point late() {
  return runtime::clock::now() + runtime::seconds{30};
}

class tls_test : public test::loopback {
 protected:
  tls_test() : acceptor_(loop(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {
    ca_file_ = folder_.write("ca.pem", authority_.pem());
    present(authority_.issue("DNS:localhost,IP:127.0.0.1"));
  }

  void present(const test::identity& identity) {
    server_context_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    server_context_->use_certificate_chain(asio::buffer(identity.certificate_pem));
    server_context_->use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
  }

  [[nodiscard]] url address(const std::string& host = "127.0.0.1") const {
    return {url_scheme::https, host, acceptor_.local_endpoint().port(), "/"};
  }

  /// Accepts one connection and does the server's part of the handshake, however that ends.
  void start_server(std::function<awaitable<void>(tls_stream&)> then = {}) {
    start([this, then]() -> awaitable<void> {
      tls_stream stream{co_await acceptor_.async_accept(asio::use_awaitable), *server_context_};
      const auto [error] =
          co_await stream.async_handshake(asio::ssl::stream_base::server, use_tuple);
      server_name_ =
          SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name) != nullptr;
      if (!error && then) co_await then(stream);
    });
  }

  /// Dials and returns the error text; empty for success.
  std::string dial_error(const url& to, const tls_context& tls) {
    std::string text;
    run([&]() -> awaitable<void> {
      const auto dialled = co_await dial(to, &tls, late());
      if (!dialled) text = dialled.error().message();
    });
    return text;
  }

  test::authority authority_;
  test::temporary_folder folder_;
  std::string ca_file_;
  tcp::acceptor acceptor_;
  std::unique_ptr<asio::ssl::context> server_context_;
  bool server_name_ = false;
};

TEST_F(tls_test, trusted_address_and_trusted_name) {
  const tls_context tls{ca_file_};
  start_server();
  EXPECT_EQ(dial_error(address(), tls), "");
  EXPECT_FALSE(server_name_) << "an address is no server name (RFC 6066)";
  start_server();
  EXPECT_EQ(dial_error(address("localhost"), tls), "");
  settle();
  EXPECT_TRUE(server_name_);
}

TEST_F(tls_test, a_server_that_asks_for_a_certificate_is_shown_it) {
  const auto own = authority_.issue("DNS:client.test");
  const client_identity files{folder_.write("own.pem", own.certificate_pem),
                              folder_.write("own.key", own.key_pem)};
  const tls_context tls{ca_file_, files};
  server_context_->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  server_context_->add_certificate_authority(asio::buffer(authority_.pem()));
  bool was_shown = false;
  start_server([&](tls_stream& stream) -> awaitable<void> {
    X509* const shown = SSL_get1_peer_certificate(stream.native_handle());
    was_shown = shown != nullptr;
    X509_free(shown);
    co_return;
  });
  EXPECT_EQ(dial_error(address(), tls), "");
  settle();
  EXPECT_TRUE(was_shown);

  EXPECT_TRUE(tls.shows(files));
  EXPECT_FALSE(tls.shows({}));
  EXPECT_FALSE(tls_context{ca_file_}.shows(files));
  static_cast<void>(folder_.write("own.pem", authority_.issue("DNS:client.test").certificate_pem));
  EXPECT_FALSE(tls.shows(files)) << "renewed meanwhile";
}

TEST_F(tls_test, a_certificate_needs_its_key) {
  const auto own = authority_.issue("DNS:client.test");
  const auto certificate = folder_.write("own.pem", own.certificate_pem);
  const auto other = folder_.write("other.key", authority_.issue("DNS:other.test").key_pem);
  const auto why = [&](const client_identity& files) -> std::string {
    try {
      const tls_context tried{ca_file_, files};
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
    return {};
  };
  EXPECT_THAT(why({certificate, other}), HasSubstr("handlers.key_file: no private key"));
  EXPECT_THAT(why({certificate, "/none"}), HasSubstr("handlers.key_file: no private key"));
  EXPECT_THAT(why({other, other}), HasSubstr("handlers.certificate_file: no certificate"));
}

/// Here the proxy is the server, too: what comes behind its answer is said to whom was asked for.
TEST_F(tls_test, a_proxy_is_asked_for_the_way_first) {
  egress_proxy proxy;
  proxy.address = {url_scheme::http, "127.0.0.1", acceptor_.local_endpoint().port(), "/"};
  proxy.authorization = "Basic secret";
  const tls_context tls{ca_file_, proxy};
  present(authority_.issue("DNS:discord.test"));
  std::string asked;
  const auto lead = [&](std::string answer) {
    start([&, answer]() -> awaitable<void> {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      asked = co_await test::http_peer::read_request(socket);
      co_await test::http_peer::write(socket, answer);
      tls_stream stream{std::move(socket), *server_context_};
      co_await stream.async_handshake(asio::ssl::stream_base::server, use_tuple);
    });
  };
  const url discord{url_scheme::wss, "discord.test", 443, "/"};
  lead("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
  EXPECT_EQ(dial_error(discord, tls), "") << "its name is the proxy's to find";
  EXPECT_EQ(asked,
            "CONNECT discord.test:443 HTTP/1.1\r\nHost: discord.test:443\r\n"
            "Proxy-Authorization: Basic secret\r\n\r\n");
  lead("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  EXPECT_THAT(dial_error(discord, tls), HasSubstr("HTTP 407"));
  lead("HTTP/1.1 502\r\n\r\n");
  EXPECT_THAT(dial_error(discord, tls), HasSubstr("HTTP 502"));
  lead("SSH-2.0-OpenSSH\r\n\r\n");
  EXPECT_THAT(dial_error(discord, tls), HasSubstr("does not speak HTTP"));
  lead("HTTP/1.1 200 " + std::string(20'000, 'x'));
  EXPECT_THAT(dial_error(discord, tls), HasSubstr("does not speak HTTP"));
}

TEST_F(tls_test, a_certificate_for_another_host_is_refused) {
  present(authority_.issue("DNS:other.example"));
  start_server();
  EXPECT_THAT(dial_error(address("localhost"), tls_context{ca_file_}),
              HasSubstr("hostname mismatch"));
  start_server();
  EXPECT_THAT(dial_error(address(), tls_context{ca_file_}), HasSubstr("IP address mismatch"));
}

TEST_F(tls_test, a_partial_wildcard_is_not_honoured) {
  present(authority_.issue("DNS:local*"));
  start_server();
  EXPECT_THAT(dial_error(address("localhost"), tls_context{ca_file_}),
              HasSubstr("hostname mismatch"));
}

TEST_F(tls_test, an_unknown_authority_is_refused) {
  start_server();
  EXPECT_THAT(dial_error(address(), tls_context{""}), HasSubstr("certificate refused"));
}

TEST_F(tls_test, an_expired_certificate_is_refused) {
  present(authority_.issue("IP:127.0.0.1", -1));
  start_server();
  EXPECT_THAT(dial_error(address(), tls_context{ca_file_}), HasSubstr("expired"));
}

TEST_F(tls_test, old_protocol_versions_are_refused) {
  SSL_CTX_set_max_proto_version(server_context_->native_handle(), TLS1_1_VERSION);
  start_server();
  EXPECT_NE(dial_error(address(), tls_context{ca_file_}), "");
}

TEST_F(tls_test, a_peer_that_does_not_speak_tls) {
  start([this]() -> awaitable<void> {
    auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer("HTTP/1.1 400 Bad\r\n\r\n", 20),
                               asio::use_awaitable);
  });
  EXPECT_NE(dial_error(address(), tls_context{ca_file_}), "");
}

TEST_F(tls_test, a_peer_that_hangs_up_during_the_handshake) {
  start([this]() -> awaitable<void> {
    auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
    std::array<char, 1> first{};
    co_await asio::async_read(socket, asio::buffer(first), asio::use_awaitable);
  });
  EXPECT_NE(dial_error(address(), tls_context{ca_file_}), "");
}

TEST_F(tls_test, an_unreadable_ca_file_is_named) {
  const std::string path = folder_.path() / "missing.pem";
  try {
    const tls_context tls{path};
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(path));
  }
}

/// Waits as the result asks, for as long as it asks.
awaitable<io_result> read_when_ready(channel& from, std::span<char> into) {
  for (;;) {
    const auto read = from.read(into);
    if (read.status == io_status::want_read) {
      co_await from.async_wait_readable(use_tuple);
    } else {
      co_return read;
    }
  }
}

TEST_F(tls_test, megabytes_travel_both_ways) {
  const std::string sent = [] {
    std::string text(3UL << 20, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 251);
    return text;
  }();
  start_server([&](tls_stream& stream) -> awaitable<void> {
    std::string got(sent.size(), '\0');
    co_await asio::async_read(stream, asio::buffer(got), asio::use_awaitable);
    co_await asio::async_write(stream, asio::buffer(got), asio::use_awaitable);
    co_await stream.async_shutdown(use_tuple);
  });
  const tls_context tls{ca_file_};
  run([&]() -> awaitable<void> {
    auto dialled = co_await dial(address(), &tls, late());
    for (std::string_view rest = sent; !rest.empty();) {
      const std::array pieces{rest.substr(0, 5),
                              rest.substr(std::min<std::size_t>(5, rest.size()))};
      const auto written = dialled->write(pieces);
      rest.remove_prefix(written.bytes);
      if (written.status == io_status::want_write) co_await dialled->async_wait_writable(use_tuple);
      if (written.status == io_status::failed) break;
    }
    std::string got;
    std::array<char, 10'000> chunk{};
    for (;;) {
      const auto read = co_await read_when_ready(*dialled, chunk);
      if (read.status != io_status::done) {
        EXPECT_EQ(read.status, io_status::end) << read.error.message();
        break;
      }
      got.append(chunk.data(), read.bytes);
    }
    EXPECT_TRUE(got == sent) << got.size() << " bytes";
  });
}

}  // namespace
}  // namespace gatehouse::net
