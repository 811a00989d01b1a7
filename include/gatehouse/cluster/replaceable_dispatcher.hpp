#pragma once

#include <gatehouse/delivery/dispatcher.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/storage/event_batch.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::cluster {

/// One worker's delivery, whose settings can be changed while events arrive: another dispatcher
/// takes the place of the first and goes on with what that has left, in memory and in the spool, by
/// its own routes.
///
/// Meanwhile (for as long as requests are under way, `request_grace` at most) arriving events wait
/// here and the shards are asked to pause. Requests that are cut off are repeated, as ever.
class replaceable_dispatcher final : public events::event_sink {
 public:
  static constexpr runtime::seconds request_grace{1};
  static constexpr runtime::seconds disk_grace{5};

  /// Builds the dispatcher for the settings of the moment.
  using factory = std::function<std::unique_ptr<delivery::dispatcher>(std::int64_t last_position)>;
  /// Told what went wrong; nothing of it stops the delivery.
  using complaint = std::function<void(const std::string&)>;

  /// `spool` may be null; all must outlive it.
  replaceable_dispatcher(boost::asio::io_context& io, storage::spool* spool, factory make,
                         complaint on_problem);
  ~replaceable_dispatcher() override;

  /// See delivery::dispatcher.
  void restore(const storage::event_facts& found) { current_->restore(found); }
  void begin_restored() { current_->begin_restored(); }

  void accept(events::event_ptr accepted) override;
  void begin_burst() override;
  void end_burst() override;
  [[nodiscard]] bool congested() const noexcept override;
  /// While it is being replaced any URL will do; one that is not there then is not used.
  [[nodiscard]] bool has_url(std::string_view url) const override {
    return is_replacing_ || current_->has_url(url);
  }

  /// The settings have changed: the factory makes something else now. `route_of` gives the routes
  /// of the new one and is called on the spool's thread.
  void replace(std::function<int(int shard_id, const std::string& type)> route_of);

  void begin_stop(runtime::time_point deadline, std::function<void()> stopped);
  /// By shard; nothing is known while it is being replaced.
  [[nodiscard]] std::optional<std::map<int, delivery::dispatcher::undelivered_count>> undelivered()
      const;
  /// Its counters run on over a replacement.
  [[nodiscard]] delivery::statistics snapshot() const;

 private:
  using routes = std::function<int(int shard_id, const std::string& type)>;

  void on_old_stopped();
  void install(const std::vector<storage::event_facts>& stored);
  void carry_over();

  boost::asio::io_context& io_;
  storage::spool* spool_;
  factory make_;
  complaint on_problem_;
  std::unique_ptr<delivery::dispatcher> current_;  ///< null only while the spool is asked
  bool is_replacing_ = false;
  std::optional<routes> next_;  ///< the settings have changed once more meanwhile
  routes route_of_;
  std::int64_t last_position_ = 0;
  std::vector<events::event_ptr> left_;     ///< by the old one
  std::vector<events::event_ptr> waiting_;  ///< arrived since
  std::function<void()> stop_;              ///< asked for meanwhile
  delivery::statistics carried_;            ///< only its counters mean something
};

}  // namespace gatehouse::cluster
