#include "readable_watch.hpp"

#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <utility>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;

/// Opens up what a socket knows of its registration.
class registered_socket : public readable_watch::socket_type {
 public:
  static auto& registration(readable_watch::socket_type& socket) {
    return (socket.*&registered_socket::impl_).get_implementation().reactor_data_;
  }
};

}  // namespace

readable_watch::readable_watch(callback told)
    : reactor_op({}, &readable_watch::perform, &readable_watch::complete), told_(std::move(told)) {}

void readable_watch::begin(socket_type& socket) {
  auto& context = asio::query(socket.get_executor(), asio::execution::context);
  auto& reactor = asio::use_service<asio::detail::epoll_reactor>(context);
  is_under_way_ = true;
  ec_ = {};
  reactor.start_op(asio::detail::epoll_reactor::read_op, socket.native_handle(),
                   registered_socket::registration(socket), this, false, true);
}

void readable_watch::abandon(readable_watch* watch) noexcept {
  if (watch->is_under_way_ || watch->is_telling_) {
    watch->is_abandoned_ = true;
  } else {
    delete watch;
  }
}

/// What is told may begin anew, or close the socket and so abandon this watch.
void readable_watch::tell(const boost::system::error_code& result) {
  struct telling {
    readable_watch& watch;
    explicit telling(readable_watch& of) : watch(of) { watch.is_telling_ = true; }
    ~telling() {
      watch.is_telling_ = false;
      if (watch.is_abandoned_ && !watch.is_under_way_) delete &watch;
    }
  };
  const telling guard{*this};
  told_(result);
}

/// `owner` is null when the event loop is destroyed.
void readable_watch::complete(void* owner, asio::detail::operation* base,
                              const boost::system::error_code&, std::size_t) {
  auto* const self = static_cast<readable_watch*>(base);
  self->is_under_way_ = false;
  if (owner != nullptr) return self->tell(self->ec_);
  if (self->is_abandoned_) {
    delete self;
    return;
  }
  // The callback may hold a coroutine, which holds the channel, which owns this.
  const callback last = std::exchange(self->told_, nullptr);
}

}  // namespace gatehouse::net
