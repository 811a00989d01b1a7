#include <gatehouse/delivery/event_streams.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

namespace gatehouse::delivery {

namespace {

/// `discord.events` -> `discord_events`: a stream's name has no dots.
std::string stream_name(std::string subject) {
  std::replace(subject.begin(), subject.end(), '.', '_');
  return subject;
}

}  // namespace

std::string event_streams::probe_of(const std::string& subject) {
  return subject + ".0.READY";
}

event_streams::event_streams(nats::engine& engine, const config::nats_settings& settings,
                             telemetry::logger log)
    : engine_(engine), settings_(settings), log_(std::move(log)) {}

void event_streams::ensure(nats::client& by, const std::string& subject,
                           std::function<void(const std::string&)> done) {
  by.find_stream(probe_of(subject), [this, &by, subject, done = std::move(done)](
                                        const nats::result<nats::stream_info>& found) {
    if (found) {
      judge(*found);
      judge(engine_.status());
      return done({});
    }
    const auto& why = found.error();
    if (why.what == nats::errc::not_found && settings_.create) return create(by, subject, done);
    if (why.what == nats::errc::not_found) {
      return done("no stream listens to " + subject + ".>, and nats.create is false");
    }
    done("JetStream: " + to_text(why));
  });
}

void event_streams::create(nats::client& by, const std::string& subject,
                           std::function<void(const std::string&)> done) {
  nats::stream_settings wanted;
  wanted.name = stream_name(subject);
  wanted.subjects = {subject + ".>"};
  wanted.replicas = settings_.replicas;
  wanted.max_bytes = static_cast<std::int64_t>(settings_.events_max_bytes);
  wanted.max_age = settings_.events_max_age;
  wanted.duplicate_window = settings_.duplicate_window;
  // The server wants the window within the age.
  if (settings_.events_max_age.count() > 0) {
    wanted.duplicate_window =
        std::min<runtime::duration>(wanted.duplicate_window, settings_.events_max_age);
  }
  by.create_stream(wanted, [this, name = wanted.name,
                            done = std::move(done)](const nats::result<nats::stream_info>& made) {
    if (!made) {
      return done("stream " + name + " cannot be created: " + to_text(made.error()));
    }
    log_->info("stream {} is there, for {}", name, made->settings.subjects.front());
    judge(*made);
    judge(engine_.status());
    done({});
  });
}

void event_streams::judge(const nats::connection_status& now) {
  if (!now.is_connected || now.max_payload_bytes >= wanted_max_payload) return;
  warn_once(now.server + ": max_payload is " + std::to_string(now.max_payload_bytes) +
            " bytes; larger events become dead letters. At least 8MB is advised");
}

/// An existing stream is as its owner made it; what loses events is said.
void event_streams::judge(const nats::stream_info& found) {
  const auto& is = found.settings;
  if (is.replicas == 1)
    warn_once("stream " + is.name + " has one replica: it is gone with its machine");
  if (!is.discard_new) {
    warn_once("stream " + is.name +
              " discards old events when it is full; with `discard new` "
              "events would wait here instead");
  }
  if (!is.acknowledges) {
    warn_once("stream " + is.name +
              " does not acknowledge (no_ack): nothing will ever count as "
              "delivered");
  }
  if (is.duplicate_window < settings_.duplicate_window) {
    warn_once("stream " + is.name +
              " recognises repeated events for less than "
              "nats.duplicate_window_s");
  }
}

void event_streams::warn_once(const std::string& text) {
  const std::lock_guard lock{mutex_};
  if (said_.insert(text).second) log_->warn("{}", text);
}

}  // namespace gatehouse::delivery
