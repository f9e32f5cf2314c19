// A host of one plugin, as small as the ABI allows: records what the plugin says and calls its instance
// table. The plugin's types are the test's own, put in by Offer before the first use of the module.
//
// Thread rule: the services may be called from any thread; everything else belongs to the test's thread.
#pragma once
#include <condition_variable>
#include <mamc/cpp/plugin.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::sdk::test {

struct Completed {
  mamc_code code;
  Json json;
};

struct Asked {
  mamc_ticket ticket;
  std::string key;
  std::string service;
  Json input;
};

class FakeHost {
 public:
  FakeHost();
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // The tables as the plugin sees them; members may be changed before Init.
  const mamc_host* table() const { return &host_; }

  bool completed(mamc_ticket ticket) const;
  Completed end(mamc_ticket ticket) const;
  std::vector<Asked> asked() const;
  std::size_t asked_count() const;
  std::vector<std::string> cancelled_children() const;
  std::vector<std::string> log() const;
  // Waits until that many child calls were made (blocking types make them on their own thread).
  void WaitForAsked(std::size_t count);

  std::map<std::string, mamc_code> refuse;  // what `call` answers for a key
  std::map<std::string, std::string>
      secrets;  // an absent one is MAMC_E_NOT_FOUND, "undeclared" MAMC_E_PERMISSION
  std::map<std::string, std::string> state;        // JSON texts
  std::size_t max_result_bytes = std::size_t(-1);  // a longer result is MAMC_E_LIMIT

 private:
  static const void* MAMC_CALL GetService(void* self, const char* id);
  static mamc_code MAMC_CALL TakeEnd(void* self, mamc_ticket ticket, mamc_code code, mamc_str json);
  static mamc_code MAMC_CALL TakeEmit(void* self, mamc_ticket ticket, mamc_str kind, mamc_str json);
  static mamc_code MAMC_CALL TakeChild(void* self, mamc_ticket ticket, mamc_str key, mamc_str service,
                                       mamc_str input);
  static mamc_code MAMC_CALL TakeCancelChild(void* self, mamc_ticket ticket, mamc_str key);
  static void MAMC_CALL TakeLog(void* self, mamc_ticket ticket, int32_t level, mamc_str text);
  static mamc_code MAMC_CALL GiveSecret(void* self, mamc_ticket, mamc_str name, mamc_sink sink,
                                        void* sink_context);
  static mamc_code MAMC_CALL GiveState(void* self, mamc_ticket, mamc_str key, mamc_sink sink,
                                       void* sink_context);

  mamc_host host_{};
  mamc_complete complete_{};
  mamc_children children_{};
  mamc_log log_table_{};
  mamc_secret secret_{};
  mamc_state state_{};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<mamc_ticket, Completed> ends_;
  std::vector<Asked> asked_;
  std::vector<std::string> cancelled_children_;
  std::vector<std::string> log_;
};

// An instance of one C++ type, driven by its ABI table.
class Driven {
 public:
  template <class T>
  static Driven Of(const Json& settings = Json::object(), Threads threads = Threads::kShared) {
    return Driven(Provide<T>("step", "under-test", threads), settings);
  }
  Driven(Provided type, const Json& settings);
  ~Driven();
  Driven(Driven&& other) noexcept : instance_(std::exchange(other.instance_, nullptr)) {}

  // All on the calling thread, as the ABI says for the class.
  void Start(mamc_ticket ticket, const std::string& input = "{}", std::uint32_t verb = MAMC_STEP_RUN);
  void Done(mamc_ticket ticket, const std::string& key, const std::string& json = "{}",
            mamc_code code = MAMC_OK);
  void Cancel(mamc_ticket ticket, mamc_code reason = MAMC_E_CANCELLED);
  void Release(mamc_ticket ticket);

 private:
  const mamc_instance* instance_;
};

// Counts the coroutine frames that hold one.
struct FrameMark {
  FrameMark() { ++alive; }
  ~FrameMark() { --alive; }
  FrameMark(const FrameMark&) = delete;
  FrameMark& operator=(const FrameMark&) = delete;
  static inline std::atomic<int> alive = 0;
};

}  // namespace mamc::sdk::test
