#include "reshard_view.hpp"

#include "figures.hpp"
#include "json_reading.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace gatehouse::app {
namespace {

constexpr std::int64_t bar_width = 24;

/// Both steps that take long count alike: connecting and loading.
std::int64_t percent_of(const reshard_view& view) {
  if (view.phase != "identifying" && view.phase != "loading") return view.is_idle() ? 0 : 100;
  return view.to <= 0 ? 0 : (view.connected + view.loaded) * 100 / (2 * view.to);
}

std::string details_of(const reshard_view& view) {
  std::string text =
      fmt::format("{}/{} connected, {} loaded", view.connected, view.to, view.loaded);
  if (view.remaining_ms) text += ", " + duration_text(*view.remaining_ms) + " left";
  return text;
}

}  // namespace

reshard_view read_reshard(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  reshard_view view;
  if (parser.parse(json.data(), json.size()).get(root)) return view;
  read(root, "phase", view.phase);
  read(root, "from", view.from);
  read(root, "to", view.to);
  read(root, "connected", view.connected);
  read(root, "loaded", view.loaded);
  read(root, "guilds", view.guilds);
  read(root, "waitingFor", view.waiting_for);
  read(root, "runningForMs", view.running_for_ms);
  read(root, "remainingMs", view.remaining_ms);
  read(root, "lastResult", view.last_result);
  return view;
}

reshard_plan read_plan(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  reshard_plan plan;
  if (parser.parse(json.data(), json.size()).get(root)) return plan;
  read(root, "from", plan.from);
  read(root, "to", plan.to);
  read(root, "identifiesNeeded", plan.identifies_needed);
  read(root, "identifiesLeft", plan.identifies_left);
  read(root, "durationMs", plan.duration_ms);
  read(root, "note", plan.note);
  return plan;
}

std::string plan_text(const reshard_plan& plan) {
  const std::string left = plan.identifies_left ? count_text(*plan.identifies_left) + " are left"
                                                : "how many are left is not known";
  return fmt::format("{} -> {} shards, in about {}; {} identifies needed, {}{}{}", plan.from,
                     plan.to, duration_text(plan.duration_ms), plan.identifies_needed, left,
                     plan.note.empty() ? "" : "\n", plan.note);
}

std::string progress_bar(const reshard_view& view) {
  const auto percent = std::clamp<std::int64_t>(percent_of(view), 0, 100);
  const auto filled = static_cast<std::size_t>(bar_width * percent / 100);
  const std::string bar =
      std::string(filled, '#') + std::string(static_cast<std::size_t>(bar_width) - filled, '-');
  return fmt::format("{:<11} [{}] {:>3}%  {}", view.phase, bar, percent, details_of(view))
      .substr(0, 79);
}

std::string progress_text(const reshard_view& view) {
  std::string text =
      fmt::format("{}: {} -> {} shards, {}", view.phase, view.from, view.to, details_of(view));
  if (!view.waiting_for.empty()) text += "; waits for " + view.waiting_for;
  return text;
}

}  // namespace gatehouse::app
