// The plugin's side of the glass wall: takes the host's frames and calls the plugin's real instances,
// blocking starts on threads of their own and everything else on one executor. What the plugin says comes
// through WallServices and leaves as frames.
//
// Thread rule: GiveUp and Stop on the loop's thread, the rest from any.
// Ownership: kept alive by its jobs, its threads and the tickets that are live behind the wall.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "executor.hpp"
#include "mamc/plugin.h"
#include "wall_frame.hpp"

namespace mamc::plugin {

class FrameRouter;
class WallServices;

// What a thread of this side is in the middle of, so that a service can tell who calls it.
struct SideCall {
  std::uint64_t call = 0;  // 0: none of ours on this thread
  mamc_ticket ticket = 0;
  bool in_start = false;
};
const SideCall& ThisThreadsSideCall();

class WallPluginSide : public std::enable_shared_from_this<WallPluginSide> {
 public:
  WallPluginSide(WallServices& services, std::shared_ptr<FrameRouter> to_host, std::string name);

  // The factory of a create that is about to come. The two sides share the plugin's library: no frame holds
  // an address.
  void ExpectCreate(std::uint64_t call, const mamc_factory* factory);
  void Deliver(std::string frame);
  // As GlassWall::GiveUp.
  void GiveUp(mamc_ticket ticket);
  // Ends the threads and what they wait for. False when one hangs in the plugin.
  bool Stop();

  // For the services: a word to the host that nobody answers.
  void Tell(WallVerb verb, mamc_ticket ticket, std::int32_t number, mamc_str text);
  // For the services: a question to the host; waits for the answer.
  WallAnswer Ask(WallVerb verb, mamc_ticket ticket, mamc_str first, mamc_str second = {},
                 mamc_str third = {});

 private:
  class Job;
  void Run(FrameReader frame, Job& job);
  void RunCreate(FrameReader& frame, std::uint64_t call);
  void RunStart(FrameReader& frame, std::uint64_t call, mamc_ticket ticket, const mamc_instance& instance,
                Job& job);
  void RunOnOwnThread(std::uint64_t call, std::function<void()> start);
  void RunOther(FrameReader& frame, std::uint64_t call, mamc_ticket ticket, const mamc_instance* instance);
  const mamc_instance* InstanceOf(std::uint64_t id);
  void Enter(Job& job, mamc_ticket ticket);
  void Leave(const Job& job);
  void Returned(std::uint64_t call, mamc_code code = MAMC_OK, std::string_view text = {});

  WallServices& services_;
  const std::shared_ptr<FrameRouter> to_host_;
  const std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;  // an answer came, an own thread ended, the wall was closed
  // Protected by mutex_:
  std::shared_ptr<Executor> executor_;
  std::vector<std::shared_ptr<Executor>> written_off_;
  Job* running_ = nullptr;  // what executor_ is at
  int own_threads_ = 0;     // of blocking calls
  bool closed_ = false;
  std::uint64_t last_request_ = 0;
  std::map<std::uint64_t, WallAnswer> answers_;              // by request
  std::map<std::uint64_t, const mamc_factory*> factories_;   // by the number of a create
  std::map<std::uint64_t, const mamc_instance*> instances_;  // by the number of their create
};

}  // namespace mamc::plugin
