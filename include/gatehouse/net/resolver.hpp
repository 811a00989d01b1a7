#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::net {

/// The addresses of a host, in the order in which the system wants them tried. Never empty.
using host_addresses = std::vector<boost::asio::ip::address>;
using resolved = boost::system::result<host_addresses>;

/// Finds the addresses of names for all threads of the process, in such a way that a name that
/// nobody answers for disturbs nothing but itself.
///
/// A blocking lookup cannot be called off, so it has a thread of its own, one per name: who asks
/// for the same name meanwhile waits for the same lookup, and who gives up leaves it behind. Nobody
/// ever waits for such a thread, not even the end of the process; it holds what it needs itself.
///
/// An answer is good for `fresh_for`. After that a name is looked up again, but the last answer
/// stays in use wherever that takes longer than `patience`, or fails. Failures are remembered for
/// `failed_for`. Thread-safe.
class resolver {
 public:
  static constexpr runtime::seconds fresh_for{30};
  static constexpr runtime::seconds failed_for{1};
  static constexpr runtime::milliseconds patience{100};
  /// Lookups at the same time; further names wait for one to end.
  static constexpr std::size_t most_threads = 32;
  /// Names that are remembered, but for those that are being looked up.
  static constexpr std::size_t most_names = 256;

  /// Finds a host's addresses, blocking. Called on the threads of the resolver.
  using lookup = std::function<resolved(const std::string& host)>;
  /// The time, as it is to be taken for the age of answers.
  using clock_reader = std::function<runtime::time_point()>;

  explicit resolver(lookup blocking, clock_reader now = runtime::clock::now);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Gives up at `deadline` with `timed_out`; `operation_aborted` means that the calling coroutine
  /// has been cancelled. Further errors: `host_not_found` and the like, and those of the system
  /// when it has no thread or memory for a lookup.
  boost::asio::awaitable<resolved> resolve(std::string host, runtime::time_point deadline);

  /// The one that asks the system (getaddrinfo). It is never destroyed.
  static resolver& of_process();

 private:
  class place;
  class state;
  std::shared_ptr<state> state_;  ///< kept by the threads, too
};

}  // namespace gatehouse::net
