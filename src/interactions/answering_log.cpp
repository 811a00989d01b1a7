#include "answering_log.hpp"

#include <gatehouse/interactions/callback.hpp>
#include <gatehouse/rest/route.hpp>

#include <spdlog/logger.h>

#include <utility>

namespace gatehouse::interactions {

bool answering_log::began() {
  if (std::exchange(in_stretch_, true)) return false;
  log_->info("handler does not answer: answering interactions in its place");
  return true;
}

void answering_log::failed(std::string_view route, std::string_view reason,
                           runtime::time_point now) {
  const bool is_first = failure_told_ == runtime::time_point::min();
  if (!is_first && now - failure_told_ < interval) return;
  failure_told_ = now;
  log_->warn("POST {}: {}", rest::describe_route(route), reason);
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
  log_->info(
      "interactions answered in their handler's place: {} ({} commands and {} components deferred, "
      "{} autocompletes, {} modals); {} were answered already, {} were too late, {} failed",
      answered, of_type(deferred_channel_message), of_type(deferred_update_message),
      of_type(autocomplete_result), of_type(channel_message), acknowledged, unknown, failures);
  told_ = counted;
  return true;
}

}  // namespace gatehouse::interactions
