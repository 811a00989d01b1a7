#pragma once

#include <gatehouse/events/event.hpp>

#include <functional>
#include <string_view>

namespace gatehouse::delivery {

/// How an interaction was answered in place of its handler.
struct responder_answer {
  /// Callback type 5 or 6 when the interaction is deferred by this answer; 0: it is not (refused by
  /// Discord, failed, or no type that can be deferred).
  int deferred = 0;
  /// Discord has given the user a final answer: the handler need not see the event any more.
  bool is_final = false;
};

/// Answers interactions whose handler does not. Called on the worker's thread.
class interaction_responder {
 public:
  virtual ~interaction_responder() = default;
  /// Starts to answer, in place of the handler `url`, which is for the log, and calls `done` once,
  /// later, on the same thread; the event may be gone by then. False: there is nothing to answer
  /// (unknown type, not understood); `done` is not called.
  virtual bool answer(const events::event& interaction, std::string_view url,
                      std::function<void(responder_answer)> done) = 0;
};

}  // namespace gatehouse::delivery
