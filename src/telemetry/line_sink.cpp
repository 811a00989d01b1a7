#include "line_sink.hpp"

#include "spdlog_level.hpp"

#include <gatehouse/telemetry/log_fields.hpp>
#include <gatehouse/telemetry/log_line.hpp>

#include <string_view>

namespace gatehouse::telemetry {
namespace {

std::string_view as_view(spdlog::string_view_t text) {
  return {text.data(), text.size()};
}

}  // namespace

line_sink::line_sink(const config::log_settings& settings)
    : destination_(settings.file),
      format_(settings.format),
      colour_(settings.file.empty() && destination_.is_terminal()) {}

std::uint64_t line_sink::next_flush() {
  const std::lock_guard lock{flush_mutex_};
  return ++flushes_asked_;
}

bool line_sink::wait_for_flush(std::uint64_t number, std::chrono::milliseconds timeout) {
  std::unique_lock lock{flush_mutex_};
  return flush_ended_.wait_for(lock, timeout, [&] { return flushes_ended_ >= number; });
}

void line_sink::flush_() {
  reopen_if_wanted();
  {
    const std::lock_guard lock{flush_mutex_};
    ++flushes_ended_;
  }
  flush_ended_.notify_all();
}

/// The log's thread alone touches the destination: nobody else ever waits for it.
void line_sink::reopen_if_wanted() {
  if (!wants_reopening_.exchange(false)) return;
  const std::string failure = destination_.reopen();
  if (failure.empty()) return;
  write_line({spdlog::log_clock::now(),
              {},
              "log",
              spdlog::level::err,
              failure + "; still writing to the old one"});
}

void line_sink::sink_it_(const spdlog::details::log_msg& message) {
  reopen_if_wanted();
  report_overrun();
  write_line(message);
}

void line_sink::write_line(const spdlog::details::log_msg& message) {
  const line_parts parts = take_apart(message);
  const log_line line{message.time, from_spdlog(message.level), as_view(message.logger_name),
                      parts.prose, parts.members};
  recent_.add(line);
  buffer_.clear();
  if (format_ == config::log_format::json) {
    append_json_line(buffer_, line);
  } else {
    append_text_line(buffer_, line, colour_);
  }
  if (!destination_.write(buffer_)) ++refused_;
}

void line_sink::report_overrun() {
  const std::uint64_t overrun = overrun_ ? overrun_() : 0;
  if (overrun <= reported_overrun_) return;
  const std::string text = std::to_string(overrun - reported_overrun_) +
                           " log lines dropped, the destination is too slow (" +
                           std::to_string(overrun) + " since the start)";
  reported_overrun_ = overrun;
  write_line({spdlog::log_clock::now(), {}, "log", spdlog::level::warn, text});
}

}  // namespace gatehouse::telemetry
