// A sample of what a library may decide. It keeps nothing that is not needed to show it; every hook
// it does not mention stays the daemon's.
//
//   g++ -std=c++20 -shared -fPIC -I include docs/examples/controllers/sample.cpp -o sample.so
//
//   [controllers]
//   libraries = ["./sample.so"]

#include <gatehouse/controllers.hpp>

#include <algorithm>
#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;

/// Typing is nobody's concern, secrets are masked, and what is urgent has a handler of its own.
gatehouse::payload_decision handle_payload(const gatehouse::payload_question& asked) {
  gatehouse::payload_decision decided;
  if (asked.type == "TYPING_START") {
    decided.forward = false;
  } else if (asked.type == "SAMPLE_SECRET") {
    decided.payload = R"({"op":0,"t":"SAMPLE_SECRET","s":)" + std::to_string(asked.seq) +
                      R"(,"d":{"secret":"masked"}})";
  } else if (asked.type == "SAMPLE_URGENT") {
    // A URL that `handlers.urls` or a route names. A library has no configuration of its own, so
    // this one has an event carry it.
    const auto begin = asked.payload.find("http://");
    if (begin != std::string_view::npos) {
      decided.url = asked.payload.substr(begin, asked.payload.find('"', begin) - begin);
    }
  }
  return decided;
}

/// Even shards on the first worker, odd ones on the second, instead of blocks.
int worker_id(const gatehouse::worker_question& asked) {
  return asked.shard_id % 2 % asked.total_workers;
}

/// Every shard says which it is.
std::string presence(const gatehouse::presence_question& asked) {
  return R"({"status":"idle","afk":false,"since":null,"activities":[{"name":"shard )" +
         std::to_string(asked.shard_id) + R"(","type":3}]})";
}

/// Once a second, for connections that a middlebox cuts early.
gatehouse::heartbeat_decision heartbeat(const gatehouse::heartbeat_question& asked) {
  return {asked.seq, std::min<std::chrono::milliseconds>(1s, asked.interval)};
}

/// Nothing is deferred: the user is told at once, and no handler hears of it.
gatehouse::interaction_decision queue_interaction(const gatehouse::interaction_question&) {
  gatehouse::interaction_decision decided;
  decided.body = R"({"type":4,"data":{"content":"Closed for today","flags":64}})";
  decided.delivers_later = false;
  return decided;
}

}  // namespace

extern "C" void gatehouse_controllers(gatehouse::Controllers& controllers) {
  controllers.handle_payload = handle_payload;
  controllers.worker_id = worker_id;
  controllers.presence = presence;
  controllers.heartbeat = heartbeat;
  controllers.queue_interaction = queue_interaction;
}
