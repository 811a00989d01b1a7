#include "live_view.hpp"

#include "append.hpp"

#include <cmath>

namespace gatehouse::sim {
namespace {

std::uint64_t per_second(std::uint64_t now, std::uint64_t before,
                         std::chrono::duration<double> time) {
  if (time.count() <= 0) return 0;
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(now - before) / time.count()));
}

}  // namespace

std::string live_view::line(const statistics& numbers,
                            const std::optional<handler_statistics>& handler,
                            std::chrono::duration<double> since_last) {
  std::string text =
      concat(numbers.connected_sessions(), "/", numbers.sessions.size(), " sessions  ",
             numbers.events, " events (", per_second(numbers.events, last_events_, since_last),
             "/s, ", per_second(numbers.bytes_written, last_bytes_, since_last) / 1024, " KiB/s)");
  last_events_ = numbers.events;
  last_bytes_ = numbers.bytes_written;
  if (handler) {
    append(text, "  handler ", handler->events, " (",
           per_second(handler->events, last_handled_, since_last), "/s)");
    last_handled_ = handler->events;
    if (handler->duplicates > 0) append(text, "  duplicates ", handler->duplicates);
    if (handler->gaps > 0) append(text, "  gaps ", handler->gaps);
    if (handler->out_of_order > 0) append(text, "  out of order ", handler->out_of_order);
    if (handler->altered > 0) append(text, "  altered ", handler->altered);
  }
  if (numbers.resumes_accepted > 0) append(text, "  resumes ", numbers.resumes_accepted);
  if (!numbers.violations.empty()) append(text, "  violations ", numbers.violations.size());
  return text;
}

}  // namespace gatehouse::sim
