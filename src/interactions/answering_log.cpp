#include "answering_log.hpp"

#include <gatehouse/interactions/callback.hpp>
#include <gatehouse/rest/route.hpp>
#include <gatehouse/telemetry/log_fields.hpp>

#include <spdlog/logger.h>

#include <utility>

namespace gatehouse::interactions {

using config::log_level;
using telemetry::log_field;

bool answering_log::began(std::string_view url) {
  if (std::exchange(in_stretch_, true)) return false;
  telemetry::write_line(
      *log_, log_level::info, {{log_field::worker, worker_id_}, {log_field::url, url}},
      "worker {}: handler {} does not answer: answering interactions in its place", worker_id_,
      url);
  return true;
}

void answering_log::failed(std::string_view route, std::string_view reason,
                           runtime::time_point now) {
  const std::string described = rest::describe_route(route);
  if (const auto more = failures_.take_due(now)) {
    telemetry::write_line(*log_, log_level::warn,
                          {{log_field::worker, worker_id_}, {log_field::count, more}},
                          "worker {}: … and {} more callbacks failed in {} s", worker_id_, more,
                          telemetry::repeat_limit::window.count());
  }
  if (!failures_.admit(now)) return;
  telemetry::write_line(*log_, log_level::warn,
                        {{log_field::worker, worker_id_}, {log_field::path, described}},
                        "worker {}: POST {}: {}", worker_id_, described, reason);
}

bool answering_log::summarize(const statistics& counted) {
  const auto news = [&](auto member) { return counted.*member - told_.*member; };
  const auto of_type = [&](int type) {
    const auto index = static_cast<std::size_t>(type);
    return counted.answered[index] - told_.answered[index];
  };
  const auto answered = counted.answered_in_all() - told_.answered_in_all();
  const auto acknowledged = news(&statistics::already_acknowledged);
  const auto unknown = news(&statistics::unknown);
  const auto failures = news(&statistics::failed);
  if (answered + acknowledged + unknown + failures == 0) {
    in_stretch_ = counted.under_way > 0;
    return in_stretch_;
  }
  telemetry::write_line(
      *log_, log_level::info, {{log_field::worker, worker_id_}, {log_field::count, answered}},
      "worker {}: interactions answered in their handler's place: {} ({} commands and {} "
      "components deferred, "
      "{} autocompletes, {} modals); {} were answered already, {} were too late, {} failed",
      worker_id_, answered, of_type(deferred_channel_message), of_type(deferred_update_message),
      of_type(autocomplete_result), of_type(channel_message), acknowledged, unknown, failures);
  told_ = counted;
  return true;
}

}  // namespace gatehouse::interactions
