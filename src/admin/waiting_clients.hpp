#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/intrusive/list.hpp>

#include <optional>

namespace gatehouse::admin {

/// Of the connections that are served those that wait for their client, whoever waits longest
/// first. When all places are taken that one makes room once it has waited too long: clients that
/// send or read slowly, or only keep a connection open, cannot keep others out, and one that is
/// just sending its request is not cut off. Admin thread only.
class waiting_clients {
 public:
  using hook =
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  /// One connection's place in the line; leaves it when destroyed.
  class place : public hook {
   public:
    /// The stream must outlive the place.
    explicit place(boost::beast::tcp_stream& stream) noexcept : stream_(stream) {}

    /// At the end of the line, also when it was there before.
    void enter(waiting_clients& line) noexcept {
      leave();
      since_ = runtime::clock::now();
      line.places_.push_back(*this);
    }
    void leave() noexcept {
      if (is_linked()) unlink();
    }

   private:
    friend class waiting_clients;
    boost::beast::tcp_stream& stream_;
    runtime::time_point since_;
  };

  /// Since when the one waits that waits longest; nothing when none does.
  [[nodiscard]] std::optional<runtime::time_point> longest_since() const noexcept {
    if (places_.empty()) return std::nullopt;
    return places_.front().since_;
  }

  /// Closes the connection that has waited longest; its coroutine ends soon. There must be one.
  void drop_longest() noexcept {
    place& longest = places_.front();
    longest.leave();
    longest.stream_.close();
  }

 private:
  boost::intrusive::list<place, boost::intrusive::constant_time_size<false>> places_;
};

}  // namespace gatehouse::admin
