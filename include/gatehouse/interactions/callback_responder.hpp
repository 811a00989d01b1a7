#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/delivery/interaction_responder.hpp>
#include <gatehouse/interactions/statistics.hpp>
#include <gatehouse/interactions/verdict.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/rest/request_counts.hpp>
#include <gatehouse/runtime/random.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace gatehouse::interactions {

/// Answers interactions through REST, as Discord's limits demand: at once, and not at all when it
/// would be too late. One per worker, on its thread, with REST connections of its own.
///
/// It may be destroyed at any time. What is under way then is abandoned, and its `done` is not
/// called any more.
class callback_responder final : public delivery::interaction_responder {
 public:
  /// Requests at the same time, which is also the bound of connections. A proxy that takes 200 ms
  /// a call then answers 500 interactions that come at once within 600 ms.
  static constexpr std::size_t most_at_once = 192;
  /// Interactions being answered or waiting for their turn; beyond, `answer` declines.
  static constexpr std::size_t most_under_way = 10'000;

  struct options {
    config::interaction_settings interactions;
    config::rest_settings rest;
    config::discord_settings discord;
    /// For https; may be null when `rest.url` is http, must outlive the responder's io_context.
    const net::tls_context* tls = nullptr;
    time_window window{};
    const controllers::decision_points* decisions = nullptr;  ///< may be null; must outlive it
    int worker_id = 0;                                        ///< for the log
  };

  /// Throws std::invalid_argument for a `rest.url` that is no http or https URL.
  callback_responder(boost::asio::any_io_executor executor, const options& chosen,
                     telemetry::logger log, runtime::random_source random);
  ~callback_responder() override;
  callback_responder(const callback_responder&) = delete;
  callback_responder& operator=(const callback_responder&) = delete;

  /// Also false when a library wants no answer, when `interactions.defer` is off, after `stop`, and
  /// beyond `most_under_way`, which counts as failed.
  bool answer(const events::event& interaction, std::string_view url,
              std::function<void(delivery::responder_answer)> done) override;

  /// For what is answered from now on.
  void set_settings(config::interaction_settings changed);

  /// Ends what is under way: `done` is called soon for each. Nothing of the responder is left in
  /// the io_context when `is_quiet`.
  void stop();
  [[nodiscard]] bool is_quiet() const noexcept;

  [[nodiscard]] const interactions::statistics& statistics() const noexcept;
  [[nodiscard]] const rest::request_counts& requests() const noexcept;

 private:
  class impl;
  std::shared_ptr<impl> impl_;  ///< kept by what is under way, too
};

}  // namespace gatehouse::interactions
