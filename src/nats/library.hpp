#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/nats/engine.hpp>

#include <memory>
#include <nats/nats.h>
#include <string>

/// What libnats allocates, and its values as ours.
namespace gatehouse::nats {

struct library_deleter {
  void operator()(natsOptions* of) const noexcept { natsOptions_Destroy(of); }
  void operator()(natsConnection* of) const noexcept { natsConnection_Destroy(of); }
  void operator()(natsSubscription* of) const noexcept { natsSubscription_Destroy(of); }
  void operator()(natsMsg* of) const noexcept { natsMsg_Destroy(of); }
};
template <class Thing>
using owned = std::unique_ptr<Thing, library_deleter>;

/// One connection of a process can differ from another in these.
struct connection_purpose {
  std::string name;
  bool is_urgent = false;  ///< small messages that must not wait for others
};

/// For one server of the settings. Throws std::runtime_error naming the key whose file cannot be
/// used.
owned<natsOptions> make_options(const config::nats_settings& settings, const std::string& server,
                                const connection_purpose& purpose);

/// Null when there is no memory, or the message is no legal one.
owned<natsMsg> to_library(const message& from, const std::string& reply_to);
message from_library(natsMsg* from);

/// Of the call that this thread has made last.
std::string last_error_text(natsStatus status);

}  // namespace gatehouse::nats
