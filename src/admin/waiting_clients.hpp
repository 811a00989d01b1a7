#pragma once

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/intrusive/list.hpp>

namespace gatehouse::admin {

/// Of the connections that are served those that wait for their client, whoever waits longest
/// first. When all places are taken that one makes room: clients that send or read slowly, or only
/// keep a connection open, cannot keep others out. Admin thread only.
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
      line.places_.push_back(*this);
    }
    void leave() noexcept {
      if (is_linked()) unlink();
    }

   private:
    friend class waiting_clients;
    boost::beast::tcp_stream& stream_;
  };

  /// Closes the connection that has waited longest; false when none waits.
  bool drop_longest() noexcept {
    if (places_.empty()) return false;
    place& longest = places_.front();
    longest.leave();
    longest.stream_.close();
    return true;
  }

 private:
  boost::intrusive::list<place, boost::intrusive::constant_time_size<false>> places_;
};

}  // namespace gatehouse::admin
