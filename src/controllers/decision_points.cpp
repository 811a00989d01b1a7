#include "failure_log.hpp"
#include "library.hpp"

#include <gatehouse/controllers/decision_points.hpp>

#include <simdjson.h>

#include <algorithm>
#include <stdexcept>

namespace gatehouse::controllers {
namespace {

constexpr std::array<std::string_view, hooks> names{
    "handle_payload", "handler_url", "guild_create", "message_update",   "queue_interaction",
    "heartbeat",      "worker_id",   "total_shards", "request_identify", "tell_worker_to_identify",
    "presence"};

/// Callback types that answer a message, component or autocomplete interaction (discord-api-docs:
/// receiving-and-responding, Interaction Callback Type).
constexpr std::int64_t first_callback = 4;
constexpr std::int64_t last_callback = 8;

template <class Visitor>
void for_each_hook(Controllers& of, Visitor&& visit) {
  visit(hook::handle_payload, of.handle_payload);
  visit(hook::handler_url, of.handler_url);
  visit(hook::guild_create, of.guild_create);
  visit(hook::message_update, of.message_update);
  visit(hook::queue_interaction, of.queue_interaction);
  visit(hook::heartbeat, of.heartbeat);
  visit(hook::worker_id, of.worker_id);
  visit(hook::total_shards, of.total_shards);
  visit(hook::request_identify, of.request_identify);
  visit(hook::tell_worker_to_identify, of.tell_worker_to_identify);
  visit(hook::presence, of.presence);
}

bool is_json_object(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(text).is_object();
}

/// 0: the text is no callback.
int callback_type(const std::string& text) {
  simdjson::dom::parser parser;
  std::int64_t type = 0;
  if (parser.parse(text)["type"].get_int64().get(type) != simdjson::SUCCESS) return 0;
  return type < first_callback || type > last_callback ? 0 : static_cast<int>(type);
}

/// A hook that a library has emptied is the daemon's again.
template <class Function>
void restore(Function& function, const Function& own) {
  if (!function) function = own;
}

}  // namespace

std::string_view name_of(hook which) noexcept {
  return names[static_cast<std::size_t>(which)];
}

decision_points::decision_points(Controllers own, telemetry::logger log,
                                 const std::vector<std::string>& libraries)
    : own_(std::move(own)), functions_(own_), log_(std::make_unique<failure_log>(std::move(log))) {
  functions_.bytes = sizeof(Controllers);
  for (const auto& library : libraries) {
    try {
      add(library, open_library(library));
    } catch (const std::exception& failure) {
      throw std::runtime_error("controllers.libraries: " + library + ": " + failure.what());
    }
  }
}

decision_points::~decision_points() = default;

void decision_points::add(const std::string& library,
                          const std::function<void(Controllers&)>& enter) {
  for_each_hook(functions_, [](hook, auto& each) { each.forget_assignment(); });
  try {
    enter(functions_);
  } catch (const std::exception& thrown) {
    throw std::runtime_error(std::string{"gatehouse_controllers threw: "} + thrown.what());
  } catch (...) {
    throw std::runtime_error("gatehouse_controllers threw something of unknown type");
  }
  std::string replaced;
  for_each_hook(functions_, [&](hook which, auto& each) {
    if (!each.is_assigned()) return;
    replaced_by_[static_cast<std::size_t>(which)] = library;
    replaced.append(replaced.empty() ? "" : ", ").append(name_of(which));
  });
  restore(functions_.worker_id, own_.worker_id);
  restore(functions_.total_shards, own_.total_shards);
  restore(functions_.request_identify, own_.request_identify);
  restore(functions_.tell_worker_to_identify, own_.tell_worker_to_identify);
  restore(functions_.presence, own_.presence);
  log_->loaded(library, replaced);
}

void decision_points::reject(hook which, std::string_view reason) const {
  const auto index = static_cast<std::size_t>(which);
  failures_[index].fetch_add(1, std::memory_order_relaxed);
  log_->failed(which, replaced_by_[index], reason, runtime::clock::now());
}

template <class Result, class Question>
std::optional<Result> decision_points::ask(hook which,
                                           const Hook<Result(const Question&)>& function,
                                           const Question& asked) const {
  try {
    return function(asked);
  } catch (const std::exception& thrown) {
    reject(which, thrown.what());
  } catch (...) {
    reject(which, "it threw something of unknown type");
  }
  return std::nullopt;
}

payload_decision decision_points::handle_payload(const payload_question& asked) const {
  auto decided = ask(hook::handle_payload, functions_.handle_payload, asked);
  if (!decided) return {};
  if (!decided->payload || is_json_object(*decided->payload)) return *std::move(decided);
  reject(hook::handle_payload, "its payload is no JSON object");
  return {};
}

std::size_t decision_points::handler_url(const url_question& asked) const {
  const auto decided = ask(hook::handler_url, functions_.handler_url, asked);
  if (!decided) return asked.proposed;
  if (*decided < asked.urls.size()) return *decided;
  reject(hook::handler_url, "there is no URL " + std::to_string(*decided));
  return asked.proposed;
}

guild_decision decision_points::guild_create(const guild_question& asked) const {
  return ask(hook::guild_create, functions_.guild_create, asked).value_or(asked.proposed);
}

bool decision_points::message_update(const message_question& asked) const {
  return ask(hook::message_update, functions_.message_update, asked)
      .value_or(!asked.is_same_content);
}

interaction_decision decision_points::queue_interaction(const interaction_question& asked,
                                                        int& type) const {
  auto decided = ask(hook::queue_interaction, functions_.queue_interaction, asked);
  if (!decided) return {};
  if (!decided->body) return *std::move(decided);
  const int named = callback_type(*decided->body);
  if (named == 0) {
    reject(hook::queue_interaction, "its body is no callback of type 4 to 8");
    return {};
  }
  type = named;
  return *std::move(decided);
}

heartbeat_decision decision_points::heartbeat(const heartbeat_question& asked) const {
  const heartbeat_decision proposed{asked.seq, asked.interval};
  const auto decided = ask(hook::heartbeat, functions_.heartbeat, asked);
  if (!decided) return proposed;
  const auto least = std::min<std::chrono::milliseconds>(shortest_heartbeat, asked.interval);
  if (decided->next < least || decided->next > asked.interval) {
    reject(hook::heartbeat,
           "the next heartbeat cannot be in " + std::to_string(decided->next.count()) + " ms");
    return proposed;
  }
  if (decided->seq && (*decided->seq < 0 || *decided->seq > asked.newest_seq.value_or(-1))) {
    reject(hook::heartbeat, "seq " + std::to_string(*decided->seq) + " was not received");
    return proposed;
  }
  return *decided;
}

int decision_points::worker_id(const worker_question& asked) const {
  const auto decided = ask(hook::worker_id, functions_.worker_id, asked);
  if (decided && *decided >= 0 && *decided < asked.total_workers) return *decided;
  if (decided) {
    reject(hook::worker_id, "shard " + std::to_string(asked.shard_id) + " cannot be on worker " +
                                std::to_string(*decided));
  }
  return own_.worker_id(asked);
}

int decision_points::total_shards(const total_shards_question& asked) const {
  const auto decided = ask(hook::total_shards, functions_.total_shards, asked);
  if (decided && *decided >= 1 && *decided <= most_shards) return *decided;
  if (decided) {
    reject(hook::total_shards, "there cannot be " + std::to_string(*decided) + " shards");
  }
  return own_.total_shards(asked);
}

std::optional<std::chrono::milliseconds> decision_points::request_identify(
    const identify_question& asked) const {
  const auto decided = ask(hook::request_identify, functions_.request_identify, asked);
  if (decided && (!*decided || (*decided)->count() >= 0)) return *decided;
  if (decided) reject(hook::request_identify, "a negative duration");
  return own_.request_identify(asked);
}

bool decision_points::tell_worker_to_identify(const identify_question& asked) const {
  const auto decided =
      ask(hook::tell_worker_to_identify, functions_.tell_worker_to_identify, asked);
  return decided ? *decided : own_.tell_worker_to_identify(asked);
}

std::string decision_points::presence(const presence_question& asked) const {
  const auto decided = ask(hook::presence, functions_.presence, asked);
  return decided ? *decided : own_.presence(asked);
}

std::vector<failure_count> decision_points::failures() const {
  std::vector<failure_count> list;
  for (std::size_t i = 0; i < hooks; ++i) {
    if (replaced_by_[i].empty()) continue;
    list.push_back({names[i], replaced_by_[i], failures_[i].load(std::memory_order_relaxed)});
  }
  return list;
}

}  // namespace gatehouse::controllers
