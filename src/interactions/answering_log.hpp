#pragma once

#include <gatehouse/interactions/statistics.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>
#include <gatehouse/telemetry/repeat_limit.hpp>

#include <string_view>

namespace gatehouse::interactions {

/// Tells the log about answering, however many interactions there are: one line when a stretch of
/// it begins, one summary each `interval`, and the first failures of each minute. `now` is handed
/// in.
class answering_log {
 public:
  static constexpr runtime::seconds interval{60};

  answering_log(int worker_id, telemetry::logger log)
      : worker_id_(worker_id), log_(std::move(log)) {}

  /// An interaction of the handler `url` is about to be answered. True: a stretch begins with it,
  /// to be followed by a `summarize` every `interval` until that ends it.
  bool began(std::string_view url);
  /// The route is logged without its token.
  void failed(std::string_view route, std::string_view reason, runtime::time_point now);
  /// Tells what has happened since the last summary. False: nothing, the stretch has ended.
  bool summarize(const statistics& counted);

 private:
  int worker_id_;
  telemetry::logger log_;
  statistics told_;
  bool in_stretch_ = false;
  telemetry::repeat_limit failures_;
};

}  // namespace gatehouse::interactions
