#include "doctor_checks.hpp"
#include "handler_tls.hpp"
#include "machine_check.hpp"
#include "stream_exchange.hpp"
#include "version.hpp"

#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/app/remote.hpp>
#include <gatehouse/delivery/routing.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/rest/rest_client.hpp>
#include <gatehouse/runtime/wall_clock.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <ostream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <vector>

namespace gatehouse::app {
namespace {

using kind = finding::kind;

/// Prints each finding as soon as it is known.
class report {
 public:
  explicit report(const console& on) : on_(on) {}

  void add(const finding& each) {
    if (each.what == kind::wrong) exit_code_ = failed;
    std::string text;
    telemetry::append_printable(text, each.text);
    on_.out << fmt::format("{} {:<14}{}\n", mark(each.what), each.subject, text) << std::flush;
  }
  [[nodiscard]] int code() const noexcept { return exit_code_; }

 private:
  [[nodiscard]] std::string mark(kind what) const {
    const char* const word = what == kind::well ? "ok  " : what == kind::notice ? "note" : "FAIL";
    if (!on_.has_colours) return word;
    const char* const colour = what == kind::well     ? "\x1b[32m"
                               : what == kind::notice ? "\x1b[33m"
                                                      : "\x1b[31m";
    return std::string{colour} + word + "\x1b[0m";
  }

  const console& on_;
  int exit_code_ = stopped_as_asked;
};

net::http_result ask(const net::url& to, const net::tls_context* tls, net::http_request request,
                     runtime::milliseconds timeout) {
  request.headers.emplace_back("User-Agent", user_agent);
  boost::asio::io_context io{1};
  net::http_client client{to, tls};
  std::optional<net::http_result> answer;
  boost::asio::co_spawn(io, client.send(std::move(request), runtime::clock::now() + timeout),
                        [&](const std::exception_ptr& failure, auto result) {
                          if (failure) std::rethrow_exception(failure);
                          answer.emplace(std::move(result));
                        });
  io.run();
  return std::move(answer).value();
}

net::http_result ask_rest(const config::settings& settings, const net::tls_context& tls,
                          const std::string& route) {
  const auto url = net::parse_url(settings.rest.url).value();
  net::http_request request;
  request.target = rest::path_prefix(url, settings.discord.api_version) + route;
  const auto& proxy_secret = settings.rest.authorization;
  request.headers.emplace_back("Authorization", proxy_secret.empty()
                                                    ? "Bot " + settings.discord.token.reveal()
                                                    : proxy_secret.reveal());
  return ask(url, &tls, std::move(request), settings.rest.timeout);
}

std::optional<rest::gateway_bot> check_discord(report& to, const config::settings& settings) {
  const net::tls_context tls{settings.discord.ca_file};
  const auto answer = ask_rest(settings, tls, "/gateway/bot");
  for (const auto& each : judge_gateway_bot(answer, settings.rest)) to.add(each);
  if (answer) {
    to.add(judge_clock(answer->header("Date").value_or(""), runtime::unix_seconds_now()));
  }
  auto told = read_gateway_bot(answer);
  if (told) {
    to.add(judge_intents(ask_rest(settings, tls, "/applications/@me"), settings.discord.intents));
  }
  return told;
}

/// Nothing is created.
void check_stream(report& to, const net::url& url, const config::nats_settings& settings) {
  stream_exchange servers{settings};
  const auto found = servers.find(url.target);
  to.add(judge_stream(url.to_string(), found, settings, servers.status()));
}

/// OPTIONS: no handler takes it for an event.
void check_handlers(report& to, const config::settings& settings) {
  const delivery::routing routes{settings.handlers, settings.events.routes};
  const auto tls = make_handler_tls(settings);
  for (const auto& url : routes.urls()) {
    if (url.is_jetstream()) {
      check_stream(to, url, settings.nats);
      continue;
    }
    net::http_request request{"OPTIONS", url.target, {}, {}};
    if (!settings.handlers.authorization.empty()) {
      request.headers.emplace_back("Authorization", settings.handlers.authorization.reveal());
    }
    to.add(judge_handler(url.to_string(),
                         ask(url, tls.get(), std::move(request), settings.handlers.timeout)));
  }
}

/// Connections at most: one a shard, to handlers, and what else a process has open.
void check_descriptors(report& to, const config::settings& settings, int recommended_shards) {
  constexpr std::uint64_t others = 128;
  const auto& gateway = settings.gateway;
  const int total = gateway.total_shards > 0 ? gateway.total_shards : recommended_shards;
  const int last = gateway.last_shard_id >= 0 ? gateway.last_shard_id : total - 1;
  const auto shards = static_cast<std::uint64_t>(std::max(last - gateway.first_shard_id + 1, 1));
  const auto workers = static_cast<std::uint64_t>(gateway.total_workers);
  const delivery::routing routes{settings.handlers, settings.events.routes};
  const auto in_flight = static_cast<std::uint64_t>(settings.handlers.max_in_flight);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  to.add(judge_descriptors(limit.rlim_max,
                           shards + routes.urls().size() * workers * in_flight + others));
}

void check_disk(report& to, const config::settings& settings) {
  std::error_code error;
  const auto folder = find_folder(settings.state.dir, error);
  const auto space = std::filesystem::space(folder, error);
  if (error) return;  // the configuration's check has said it
  to.add(judge_disk(folder.string(), space.available,
                    settings.queue.spool_bytes + settings.state.dead_letter_bytes));
}

bool check_configuration(report& to, const config::load_result& loaded) {
  for (const auto& each : loaded.warnings) to.add({kind::notice, "configuration", each.format()});
  auto problems = loaded.problems;
  if (loaded.config) problems = check_machine(*loaded.config);
  for (const auto& each : problems) to.add({kind::wrong, "configuration", each.format()});
  if (problems.empty()) {
    to.add({kind::well, "configuration", loaded.config->file + " is valid"});
  }
  return problems.empty();
}

}  // namespace

int run_doctor(const doctor_command& asked, const console& on) {
  report to{on};
  const auto loaded = config::load(asked.from, config::process_environment());
  if (!check_configuration(to, loaded)) return to.code();
  const auto& settings = loaded.config->values;
  const auto told = check_discord(to, settings);
  check_handlers(to, settings);
  check_descriptors(to, settings, told ? told->shards : 1);
  check_disk(to, settings);
  return to.code();
}

}  // namespace gatehouse::app
