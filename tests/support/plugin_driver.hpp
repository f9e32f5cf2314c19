// Drives one plugin type as the host would, in few words: start it, answer its child calls, look at how it
// ended. With MAMC_GLASS_WALL set in the environment every call passes as bytes, so each plugin test is also
// a glass-wall test.
#pragma once
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/plugin/calls.hpp"
#include "support/manual_loop.hpp"

namespace mamc::test {

struct ChildCall {
  std::string key;
  std::string service;
  Json input;
  bool cancelled = false;
};

struct Emitted {
  std::string kind;
  Json json;
};

class PluginDriver;

// One started call.
class DrivenCall {
 public:
  // Runs the loop until the call has completed (real time, at most 20 s); fails the test when it does not.
  plugin::Outcome Wait();
  // Runs the loop until the call has made another child call that was not taken yet; fails the test when none
  // comes.
  ChildCall NextChild();
  // Runs the loop until something more was emitted.
  Emitted NextEmit();
  bool HasEmit();    // after running what is ready
  bool completed();  // after running what is ready
  // Answers a child call: with a result, or with a failure code and message.
  void Answer(const std::string& key, const Json& result);
  void Fail(const std::string& key, Code code, const std::string& message);
  void Cancel(Code reason = Code::kCancelled);
  Json result();  // Wait(), REQUIRE success, parsed
  // Every child call so far, without those that the driver serves itself.
  const std::vector<ChildCall>& children() const;
  // Whether the call ended because the plugin did not stop.
  bool abandoned() const;

  struct Record;
  DrivenCall(PluginDriver& driver, std::shared_ptr<Record> record)
      : driver_(&driver), record_(std::move(record)) {}

 private:
  PluginDriver* driver_;
  std::shared_ptr<Record> record_;
};

class PluginDriver {
 public:
  // Loads the plugin of kind/type from a tree of kind folders (default: the build's own plugins) and makes an
  // instance. Throws std::runtime_error with the host's sentence when that fails.
  PluginDriver(plugin::Kind kind, const std::string& type, const Json& settings = Json::object(),
               const std::filesystem::path& plugins_dir = {});
  ~PluginDriver();

  // A call with a verb of the kind; `input` is the whole input object.
  DrivenCall Start(std::uint32_t verb, const Json& input, plugin::CallInfo info = {});
  // For steps: RUN with {"params": params, "run": "run-1", "step": "step@1", "task": {...}, plus extra}.
  DrivenCall RunStep(const Json& params, const Json& extra = Json::object());
  // Start and Wait in one.
  plugin::Outcome Run(std::uint32_t verb, const Json& input);

  std::map<std::string, std::string> secrets;  // what mamc.secret/1 answers
  std::map<std::string, Json> state;           // what mamc.state/1 answers
  // Child services `spawn` and `timer` are served for real when set (default true); the others wait for
  // Answer.
  bool serve_spawn = true;
  std::filesystem::path spawn_cwd;  // what a relative `cwd` of `spawn` counts from; default: the test's own
  ManualLoop& loop();
  plugin::Calls& calls();

 private:
  friend class DrivenCall;
  struct State;
  void ServeTimer(DrivenCall::Record& record, const std::string& key, const Json& input);
  void ServeSpawn(DrivenCall::Record& record, const std::string& key, const Json& input);
  void DropServed(DrivenCall::Record& record, const std::string& key);
  std::unique_ptr<State> state_;
};

}  // namespace mamc::test
