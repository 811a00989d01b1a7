#pragma once

#include <gatehouse/delivery/verdict.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/nats/engine.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// What becomes of an event that a stream did not store.
conclusion judge(const nats::failure& why);

/// An event as a message: its request body, with what a POST has in its headers.
nats::message message_of(const events::event& event, std::string_view event_name,
                         const std::string& base_subject, std::int64_t received_unix_ms);

}  // namespace gatehouse::delivery
