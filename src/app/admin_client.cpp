#include "admin_client.hpp"

#include "version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <simdjson.h>

#include <exception>
#include <optional>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr unsigned unauthorized = 401;
constexpr unsigned not_found = 404;

std::unique_ptr<const net::tls_context> make_tls(const admin_target& target) {
  if (!target.origin.is_tls()) return nullptr;
  if (!target.pinned_certificate_file.empty()) {
    return std::make_unique<const net::tls_context>(
        net::pinned_certificate{target.pinned_certificate_file});
  }
  return std::make_unique<const net::tls_context>(target.ca_file);
}

}  // namespace

admin_client::admin_client(admin_target target, runtime::duration answer_timeout)
    : target_(std::move(target)),
      answer_timeout_(answer_timeout),
      tls_(make_tls(target_)),
      client_(target_.origin, tls_.get()) {}

admin_client::answer admin_client::ask(const std::string& method, const std::string& target,
                                       std::string body) {
  net::http_request request{method, target, {}, std::move(body)};
  request.headers.emplace_back("User-Agent", user_agent);
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (!target_.authorization.empty()) {
    request.headers.emplace_back("Authorization", target_.authorization.reveal());
  }
  std::optional<net::http_result> reply;
  io_.restart();
  boost::asio::co_spawn(io_,
                        client_.send(std::move(request), runtime::clock::now() + answer_timeout_),
                        [&](const std::exception_ptr& failure, auto result) {
                          if (failure) std::rethrow_exception(failure);
                          reply.emplace(std::move(result));
                        });
  io_.run();
  const std::string where = target_.origin.to_string();
  if (!*reply) {
    throw admin_failure("no daemon answers at " + where + ": " + reply->error().message());
  }
  if ((*reply)->status == unauthorized) {
    throw admin_failure("the daemon at " + where +
                        (target_.authorization.empty() ? " asks for a secret, and none is known"
                                                       : " does not accept the secret"));
  }
  return {(*reply)->status, std::move((*reply)->body)};
}

std::string admin_client::get(const std::string& target) {
  auto reply = ask("GET", target);
  if (reply.is_success()) return std::move(reply.body);
  throw admin_failure(reply.status == not_found
                          ? "the daemon at " + target_.origin.to_string() + " does not know " +
                                target + "; is it gatehouse, and of this version?"
                          : error_text(reply));
}

std::string error_text(const admin_client::answer& answer) {
  simdjson::dom::parser parser;
  std::string_view text;
  if (parser.parse(answer.body)["error"].get(text)) {
    return "the daemon answered with HTTP status " + std::to_string(answer.status);
  }
  return std::string{text};
}

}  // namespace gatehouse::app
