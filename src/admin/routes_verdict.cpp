#include "routes.hpp"
#include "spelling.hpp"
#include "totals.hpp"
#include "verdict.hpp"

#include <memory>
#include <optional>

namespace gatehouse::admin {
namespace {

/// Notices that events are being dropped, from one answer to the next. On the admin thread.
class drop_watch {
 public:
  bool has_dropped(std::uint64_t dropped, runtime::time_point now) {
    if (seen_ && dropped > *seen_) last_ = now;
    seen_ = dropped;
    return last_ && now - *last_ < absence_patience;
  }

 private:
  std::optional<std::uint64_t> seen_;  ///< what was dropped before the first question is old
  std::optional<runtime::time_point> last_;
};

circumstances look(const control_sources& sources, drop_watch& drops) {
  circumstances found;
  found.ready = sources.status.check();
  found.shards = sources.status.progress();
  found.absences = sources.status.absences();
  found.workers = sources.metrics.read();
  found.manager = sources.metrics.manager();
  found.now = runtime::clock::now();
  if (const auto* spool = sources.persistence.spool()) {
    found.is_disk_working = spool->usage().is_working;
  }
  if (const auto* letters = sources.persistence.dead_letters()) {
    found.dead_letters = letters->usage().letters;
  } else {
    found.has_state_folder = false;
  }
  totals sum;
  for (const auto& worker : found.workers) sum.add(*worker);
  found.has_dropped = drops.has_dropped(sum.dropped, found.now);
  return found;
}

}  // namespace

void add_verdict_route(std::vector<route>& rows, const control_sources& sources) {
  const auto drops = std::make_shared<drop_watch>();
  rows.push_back(
      {"GET", "/verdict", access::authorized, answer_with([sources, drops](const request&) {
         const auto result = judge(look(sources, *drops));
         json_writer out;
         out.begin_object()
             .member("level", name_of(result.how))
             .member("headline", result.headline)
             .member("reasons", result.reasons)
             .end_object();
         return response{.body = out.take()};
       })});
}

}  // namespace gatehouse::admin
