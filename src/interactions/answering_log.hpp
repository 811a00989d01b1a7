#pragma once

#include <gatehouse/interactions/statistics.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <string_view>

namespace gatehouse::interactions {

/// Tells the log about answering, however many interactions there are: one line when a stretch of
/// it begins, one summary each `interval`, and the first failure in each. `now` is handed in.
class answering_log {
 public:
  static constexpr runtime::seconds interval{10};

  explicit answering_log(telemetry::logger log) : log_(std::move(log)) {}

  /// An interaction is about to be answered. True: a stretch begins with it, to be followed by a
  /// `summarize` every `interval` until that ends it.
  bool began();
  /// The route is logged without its token.
  void failed(std::string_view route, std::string_view reason, runtime::time_point now);
  /// Tells what has happened since the last summary. False: nothing, the stretch has ended.
  bool summarize(const statistics& counted);

 private:
  telemetry::logger log_;
  statistics told_;
  bool in_stretch_ = false;
  runtime::time_point failure_told_ = runtime::time_point::min();
};

}  // namespace gatehouse::interactions
