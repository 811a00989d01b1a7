#include "client.hpp"

#include "jetstream_api.hpp"
#include "mailbox.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::nats {

namespace {

constexpr std::chrono::seconds create_timeout{15};  // its servers have to be chosen, and elect
constexpr std::int64_t slow_bytes_per_second = 4L << 20;

std::string key_subject(std::string_view bucket, std::string_view key) {
  std::string subject = "$KV.";
  return subject.append(bucket).append(".").append(key);
}

std::string bucket_stream(std::string_view bucket) {
  return "KV_" + std::string{bucket};
}

message api_request(std::string_view verb, std::string_view stream, std::string body) {
  std::string subject = "$JS.API.STREAM.";
  subject.append(verb);
  if (!stream.empty()) subject.append(".").append(stream);
  return {std::move(subject), std::move(body), {}, {}};
}

class server_subscription final : public subscription {
 public:
  server_subscription(std::shared_ptr<connection> by, const boost::asio::any_io_executor& executor,
                      std::string subject, std::function<void(message)> on_message)
      : by_(std::move(by)), ears_(std::make_shared<mailbox>(executor)) {
    id_ = by_->subscribe(std::move(subject), ears_, std::move(on_message));
  }
  ~server_subscription() override {
    by_->unsubscribe(id_);
    ears_->close();
  }
  server_subscription(const server_subscription&) = delete;
  server_subscription& operator=(const server_subscription&) = delete;

 private:
  std::shared_ptr<connection> by_;
  std::shared_ptr<mailbox> ears_;
  std::uint64_t id_ = 0;
};

class server_client final : public client {
 public:
  server_client(std::shared_ptr<connection> urgent, std::shared_ptr<connection> bulk,
                runtime::duration timeout, const boost::asio::any_io_executor& answers_on)
      : urgent_(std::move(urgent)),
        bulk_(std::move(bulk)),
        timeout_(timeout),
        executor_(answers_on),
        answers_(std::make_shared<mailbox>(answers_on)) {}
  ~server_client() override { answers_->close(); }
  server_client(const server_client&) = delete;
  server_client& operator=(const server_client&) = delete;

  void compare_and_set(std::string bucket, std::string key, std::string value,
                       std::uint64_t expected_revision, answer<std::uint64_t> done) override {
    message put{key_subject(bucket, key),
                std::move(value),
                {{"Nats-Expected-Last-Subject-Sequence", std::to_string(expected_revision)}},
                {}};
    ask<std::uint64_t>(*urgent_, std::move(put), timeout_, std::move(done),
                       [](const message& got) -> result<std::uint64_t> {
                         const auto kept = api::read_stored(got);
                         if (!kept) return kept.error();
                         return kept->sequence;
                       });
  }

  void get(std::string bucket, std::string key, answer<entry> done) override {
    auto asked = api_request("MSG.GET", bucket_stream(bucket),
                             api::last_of_subject(key_subject(bucket, key)));
    ask<entry>(*urgent_, std::move(asked), timeout_, std::move(done),
               [](const message& got) -> result<entry> {
                 auto found = api::read_message(got);
                 if (!found) return found.error();
                 return entry{std::move(found->content.payload), found->sequence};
               });
  }

  void keys(std::string bucket, std::string pattern,
            answer<std::vector<std::string>> done) override {
    collect_keys(bucket, key_subject(bucket, pattern), {}, std::move(done));
  }

  void publish(message sent) override { urgent_->publish(std::move(sent)); }

  void request(message asked, runtime::duration timeout, answer<message> done) override {
    ask<message>(*urgent_, std::move(asked), timeout, std::move(done),
                 [](const message& got) -> result<message> { return got; });
  }

  std::unique_ptr<subscription> subscribe(std::string subject,
                                          std::function<void(message)> on_message) override {
    return std::make_unique<server_subscription>(urgent_, executor_, std::move(subject),
                                                 std::move(on_message));
  }

  void append(message sent, answer<stored> done) override {
    // A large message takes its time over a slow line.
    const auto extra = std::chrono::seconds{static_cast<std::int64_t>(sent.payload.size()) /
                                            slow_bytes_per_second};
    ask<stored>(*bulk_, std::move(sent), timeout_ + extra, std::move(done), api::read_stored);
  }

  void read_next(std::string stream, std::string subject, std::uint64_t from_sequence,
                 answer<stored_message> done) override {
    auto asked = api_request("MSG.GET", stream, api::next_of_subject(subject, from_sequence));
    ask<stored_message>(*bulk_, std::move(asked), timeout_, std::move(done), api::read_message);
  }

  void erase(std::string stream, std::uint64_t sequence, answer<void> done) override {
    auto asked = api_request("MSG.DELETE", stream, api::erase_message(sequence));
    ask<void>(*bulk_, std::move(asked), timeout_, std::move(done), api::read_success);
  }

  void describe_stream(std::string name, answer<stream_info> done) override {
    ask<stream_info>(*urgent_, api_request("INFO", name, {}), timeout_, std::move(done),
                     api::read_stream);
  }

  void find_stream(std::string subject, answer<stream_info> done) override {
    auto asked = api_request("NAMES", {}, api::names_for(subject));
    ask<std::string>(
        *urgent_, std::move(asked), timeout_,
        [this, done = std::move(done)](const result<std::string>& name) {
          if (!name) return done(name.error());
          describe_stream(*name, done);
        },
        api::read_name);
  }

  void create_stream(stream_settings wanted, answer<stream_info> done) override {
    auto asked = api_request("CREATE", wanted.name, api::create(wanted));
    ask<stream_info>(*urgent_, std::move(asked),
                     std::max<runtime::duration>(timeout_, create_timeout), std::move(done),
                     api::read_stream);
  }

 private:
  /// `read` makes the value of an answer; it runs where the answer came, `done` at the client's.
  template <class Value, class Read>
  void ask(connection& by, message&& asked, runtime::duration timeout, answer<Value> done,
           Read read) {
    by.call(std::move(asked), timeout,
            [to = answers_, done = std::move(done), read](const result<message>& got) {
              result<Value> value = got ? read(*got) : result<Value>{got.error()};
              to->put([done, value = std::move(value)]() mutable { done(std::move(value)); });
            });
  }

  /// The server lists them by pages.
  void collect_keys(const std::string& bucket, const std::string& filter,
                    std::vector<std::string> so_far, answer<std::vector<std::string>> done) {
    auto asked =
        api_request("INFO", bucket_stream(bucket), api::info_with_subjects(filter, so_far.size()));
    auto collect = [this, bucket, filter, so_far = std::move(so_far),
                    done = std::move(done)](const result<api::subject_page>& page) mutable {
      if (!page) return done(page.error());
      const std::size_t prefix = key_subject(bucket, {}).size();
      for (const auto& subject : page->subjects) so_far.push_back(subject.substr(prefix));
      if (page->subjects.empty() || so_far.size() >= page->total) return done(std::move(so_far));
      collect_keys(bucket, filter, std::move(so_far), done);
    };
    ask<api::subject_page>(*urgent_, std::move(asked), timeout_, std::move(collect),
                           api::read_subjects);
  }

  std::shared_ptr<connection> urgent_;
  std::shared_ptr<connection> bulk_;
  runtime::duration timeout_;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<mailbox> answers_;
};

}  // namespace

std::unique_ptr<client> make_server_client(std::shared_ptr<connection> urgent,
                                           std::shared_ptr<connection> bulk,
                                           runtime::duration timeout,
                                           const boost::asio::any_io_executor& answers_on) {
  return std::make_unique<server_client>(std::move(urgent), std::move(bulk), timeout, answers_on);
}

}  // namespace gatehouse::nats
