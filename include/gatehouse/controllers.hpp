#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// The decisions of the daemon, each a function that a shared library may replace. This header
/// needs the standard library only; docs/controllers.md is the guide, docs/examples/controllers a
/// sample.
///
/// A library that is named in `controllers.libraries` defines
///
///     extern "C" void gatehouse_controllers(gatehouse::Controllers& controllers) {
///       controllers.worker_id = [](const gatehouse::worker_question& asked) { … };
///     }
///
/// It is called once, at start, on the main thread, before there is any other. Libraries are called
/// in the order of the configuration; each finds the functions of the one before it and may keep a
/// copy of a hook to call it. A library is never unloaded.
///
/// Threads: a hook says whether it is asked on the main thread or on a worker's. Every worker has a
/// thread of its own, so what is asked on workers is asked at the same time by several of them.
/// A hook must not block: while it runs, its thread does nothing else.
///
/// Lifetime: what a question refers to (std::string_view, std::span) lives until the hook returns.
///
/// Failures: when a hook throws, or answers what cannot be, the daemon decides as if the hook had
/// not been replaced. That is counted (`gatehouse_controller_failures_total`) and logged, at most
/// once a minute for each hook, with the library's name. When `gatehouse_controllers` itself
/// throws, the daemon does not start.
namespace gatehouse {

/// Changes whenever a library has to be compiled again. The daemon loads no library of another
/// number. Besides, library and daemon have to be built with the same C++ standard library.
inline constexpr std::uint32_t controllers_abi = 1;

// NOLINTBEGIN(readability-identifier-naming): the names of the contract

/// A function that can be replaced by assignment, and knows whether it was.
template <class Signature>
class Hook;

template <class Result, class... Arguments>
class Hook<Result(Arguments...)> {
 public:
  Hook() = default;
  Hook(const Hook&) = default;
  ~Hook() = default;
  Hook& operator=(const Hook& other) {
    function_ = other.function_;
    is_assigned_ = true;
    return *this;
  }
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, Hook> &&
             std::is_invocable_r_v<Result, std::decay_t<Function>&, Arguments...>)
  Hook& operator=(Function&& function) {
    function_ = std::forward<Function>(function);
    is_assigned_ = true;
    return *this;
  }

  /// False while it is empty: such a hook is never called.
  explicit operator bool() const noexcept { return static_cast<bool>(function_); }
  Result operator()(Arguments... arguments) const {
    return function_(std::forward<Arguments>(arguments)...);
  }

  /// For the loader: whether it was assigned since `forget_assignment`.
  [[nodiscard]] bool is_assigned() const noexcept { return is_assigned_; }
  void forget_assignment() noexcept { is_assigned_ = false; }

 private:
  std::function<Result(Arguments...)> function_;
  bool is_assigned_ = false;
};

// NOLINTEND(readability-identifier-naming)

// ---- on the data path: empty unless replaced ----

/// An event on its way to a handler.
struct payload_question {
  int shard_id = 0;
  std::uint64_t guild_id = 0;  ///< 0: none
  std::int64_t seq = 0;
  std::string_view type{};     ///< "MESSAGE_CREATE", as it goes out
  std::string_view payload{};  ///< `{"op":0,"t":…,"s":…,"d":…}`, as it goes out
};
struct payload_decision {
  bool forward = true;                   ///< false: dropped, counted as filtered
  std::optional<std::string> payload{};  ///< goes out in its place; a JSON object
  /// Goes to this URL instead, spelled as in `handlers.urls` or a route's `urls`. On the disk it is
  /// not kept: an event that comes back from there goes where its name and shard say.
  std::optional<std::string> url{};
};

/// Which of a route's URLs an event goes to.
struct url_question {
  int shard_id = 0;
  std::string_view type{};              ///< the event's
  std::span<const std::string> urls{};  ///< of its route, or of `handlers.urls`
  std::size_t proposed = 0;             ///< shard id modulo their number
};

enum class guild_meaning {
  initial_load,   ///< announced by READY
  join,           ///< the bot has joined
  outage_return,  ///< known, was unavailable
  unavailable,    ///< no guild yet: the full one follows
};
enum class guild_decision { forward, drop, as_guild_loaded };
struct guild_question {
  int shard_id = 0;
  std::uint64_t guild_id = 0;
  guild_meaning meaning = guild_meaning::join;
  guild_decision proposed = guild_decision::forward;  ///< as `events.guild_create` has it
  std::string_view payload{};
};

struct message_question {
  int shard_id = 0;
  std::uint64_t guild_id = 0;
  bool is_same_content = false;  ///< the message cache finds no edit in it, such as for an unfurl
  std::string_view payload{};
};

struct interaction_question {
  int shard_id = 0;
  std::string_view payload{};   ///< the INTERACTION_CREATE
  std::string_view body{};      ///< the callback that is proposed, JSON
  bool delivers_later = false;  ///< its handler gets it afterwards, marked as deferred
};
struct interaction_decision {
  bool answer = true;                 ///< false: it only waits for its handler
  std::optional<std::string> body{};  ///< another callback: a JSON object with `type` 4 to 8
  std::optional<bool> delivers_later{};
};

// ---- beside it: hold the daemon's own function unless replaced ----

struct worker_question {
  int shard_id = 0;
  int total_workers = 1;
};

struct total_shards_question {
  int configured = 0;       ///< `gateway.total_shards`; 0: none, and for every reshard
  int recommended = 1;      ///< by Discord, as it says
  int max_concurrency = 1;  ///< as Discord says
};

struct identify_question {
  int shard_id = 0;
  int total_shards = 1;
  bool is_reshard = false;  ///< of a generation of shards that does not serve yet
};

struct heartbeat_question {
  int shard_id = 0;
  std::optional<std::int64_t> seq{};         ///< proposed: events up to it are safe
  std::optional<std::int64_t> newest_seq{};  ///< received
  std::chrono::milliseconds interval{};      ///< as Discord has asked for
};
struct heartbeat_decision {
  std::optional<std::int64_t> seq{};  ///< at most `newest_seq`
  std::chrono::milliseconds next{};   ///< until the next one: 1 s (or the interval) to the interval
};

struct presence_question {
  int shard_id = 0;
  int total_shards = 1;
  std::string_view presence{};  ///< `discord.presence`, or as last set by a command; may be empty
};

// NOLINTNEXTLINE(readability-identifier-naming): the name of the contract
struct Controllers {
  std::uint32_t abi = controllers_abi;  ///< of the daemon
  std::uint32_t bytes = 0;              ///< sizeof(Controllers) in the daemon

  /// Forward, drop, rewrite, re-route. Of every event that the configuration lets through, after
  /// the guilds and messages of the shard are up to date; not of GATEHOUSE_GAP. A rewritten event
  /// keeps its name, guild and seq for routing and order. Worker thread. Empty costs one branch per
  /// event; replaced, a call, and a rewrite one more copy and a check of its JSON. Failure (also:
  /// JSON that is no object, a URL that is not configured): forwarded unchanged.
  Hook<payload_decision(const payload_question&)> handle_payload;

  /// The index of a URL of the event's route. Its answer must depend on the question alone, or
  /// events of one guild overtake each other. Worker thread; main or spool thread for events on
  /// disk. Empty costs one branch per event. Failure (also: no such index): as proposed.
  Hook<std::size_t(const url_question&)> handler_url;

  /// What of a GUILD_CREATE. `events.only` and `events.drop` hold for the name that is chosen.
  /// Worker thread. Empty costs a branch per GUILD_CREATE. Failure: as proposed.
  Hook<guild_decision(const guild_question&)> guild_create;

  /// Whether a MESSAGE_UPDATE goes out. Asked while the message cache is in use
  /// (`events.edited_message_ttl_ms`). Worker thread. Empty costs a branch per MESSAGE_UPDATE.
  /// Failure: what changes no content is dropped.
  Hook<bool(const message_question&)> message_update;

  /// How an interaction is answered whose handler does not: it is down, or too slow. Asked with
  /// `interactions.defer`, of the types that the daemon can answer. Worker thread.
  /// Failure (also: a body that is no callback): as proposed.
  Hook<interaction_decision(const interaction_question&)> queue_interaction;

  /// The seq of a heartbeat and the time to the next. Worker thread, once per heartbeat; the time
  /// is not used of one that Discord asks for. Empty costs a branch. Failure: as proposed.
  Hook<heartbeat_decision(const heartbeat_question&)> heartbeat;

  /// The worker of a shard id, from 0. Main thread, once per shard id: it stays there, in a reshard
  /// too. Failure (also: not below `total_workers`): as `gateway.spread` has it.
  Hook<int(const worker_question&)> worker_id;

  /// How many shards the bot has, over all processes. Main thread, whenever the number is not given
  /// by stored sessions or by hand. Failure (also: not 1 to 100000): the daemon's own.
  Hook<int(const total_shards_question&)> total_shards;

  /// Before a shard asks the identify gate: nothing lets it ask now; a duration has it come back
  /// here later, say until another machine has had its turn. Main thread, once per identify and
  /// attempt. Failure (also: a negative duration): it asks now.
  Hook<std::optional<std::chrono::milliseconds>(const identify_question&)> request_identify;

  /// The gate grants a shard its identify. False hands the turn to the next one and has this shard
  /// begin anew with `request_identify` a second later. Main thread, once per grant.
  /// Failure: it identifies.
  Hook<bool(const identify_question&)> tell_worker_to_identify;

  /// The presence in the Identify of a shard, JSON as in `discord.presence`; empty: none.
  /// Worker thread, once per identify and change. Failure (also: no presence): as given.
  Hook<std::string(const presence_question&)> presence;
};

}  // namespace gatehouse

extern "C" {
/// What a library was compiled for. Defined by this header in whatever includes it; the daemon
/// reads the library's before it calls `gatehouse_controllers`.
__attribute__((weak, visibility("default"))) extern const std::uint32_t gatehouse_controllers_abi;
const std::uint32_t gatehouse_controllers_abi = gatehouse::controllers_abi;

/// Defined by a library.
__attribute__((visibility("default"))) void gatehouse_controllers(
    gatehouse::Controllers& controllers);
}
