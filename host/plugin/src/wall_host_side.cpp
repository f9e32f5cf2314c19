#include "wall_host_side.hpp"

#include <utility>

#include "abi_text.hpp"
#include "services.hpp"
#include "wall_plugin_side.hpp"
#include "wall_router.hpp"

namespace mamc::plugin {
namespace {

// The mamc_instance that Calls sees.
struct WallInstance {
  mamc_instance table{};
  std::shared_ptr<WallHostSide> wall;
  std::uint64_t id = 0;  // the number of the call that created it
  CallClass declared = CallClass::kDefault;
};

WallInstance& Of(void* self) {
  return *static_cast<WallInstance*>(self);
}

void MAMC_CALL Start(void* self, mamc_ticket ticket, const mamc_call_info* info, mamc_str input) {
  WallInstance& instance = Of(self);
  instance.wall->Call(kStart, [&](FrameWriter& frame) {
    frame.Number(instance.id).Number(ticket).Number(static_cast<std::uint64_t>(instance.declared));
    frame.Number(info->verb).Number(info->attempt).Number(info->flags);
    frame.Number(static_cast<std::uint64_t>(info->deadline_unix_ms))
        .Number(static_cast<std::uint64_t>(info->started_unix_ms));
    frame.Text(View(info->op_id)).Text(View(input));
  });
}

void MAMC_CALL ChildDone(void* self, mamc_ticket ticket, const mamc_child_result* result) {
  Of(self).wall->Call(kChildDone, [&](FrameWriter& frame) {
    frame.Number(Of(self).id).Number(ticket);
    frame.Code(result->code).Text(View(result->key)).Text(View(result->json));
  });
}

void MAMC_CALL Cancel(void* self, mamc_ticket ticket, mamc_code reason) {
  Of(self).wall->Call(kCancel,
                      [&](FrameWriter& frame) { frame.Number(Of(self).id).Number(ticket).Code(reason); });
}

void MAMC_CALL Release(void* self, mamc_ticket ticket) {
  Of(self).wall->Call(kRelease, [&](FrameWriter& frame) { frame.Number(Of(self).id).Number(ticket); });
}

void MAMC_CALL Destroy(void* self) {
  std::unique_ptr<WallInstance> instance(&Of(self));
  instance->wall->Call(kDestroy, [&](FrameWriter& frame) { frame.Number(instance->id).Number(0); });
}

void MAMC_CALL AppendTo(void* text, mamc_str piece) {
  static_cast<std::string*>(text)->append(View(piece));
}

}  // namespace

WallHostSide::WallHostSide(PluginHost& host, std::shared_ptr<WallPluginSide> plugin_side,
                           std::shared_ptr<FrameRouter> from_plugin)
    : host_(host), plugin_side_(std::move(plugin_side)), from_plugin_(std::move(from_plugin)) {
  rest_thread_ = std::thread([this] { ServeTheRest(); });
}

mamc_code WallHostSide::Create(const mamc_factory* factory, CallClass declared, const std::string& type,
                               const std::string& settings, const mamc_instance** instance,
                               std::string& last_log_line) {
  auto made = std::make_unique<WallInstance>();
  made->table = {sizeof(mamc_instance), 0, made.get(), Start, ChildDone, Cancel, Release, Destroy};
  made->wall = shared_from_this();
  made->id = ++last_call_;
  made->declared = declared;
  plugin_side_->ExpectCreate(made->id, factory);
  WallAnswer answer = Call(made->id, kCreate, [&](FrameWriter& frame) { frame.Text(type).Text(settings); });
  last_log_line = answer.bytes;
  if (answer.code >= 0) *instance = &made.release()->table;
  return answer.code;
}

WallAnswer WallHostSide::Call(WallVerb verb, const std::function<void(FrameWriter&)>& fill) {
  return Call(++last_call_, verb, fill);
}

WallAnswer WallHostSide::Call(std::uint64_t call, WallVerb verb,
                              const std::function<void(FrameWriter&)>& fill) {
  std::shared_ptr<FrameQueue> frames = from_plugin_->Open(call);
  FrameWriter writer(verb);
  writer.Number(call);
  fill(writer);
  plugin_side_->Deliver(writer.Take());
  for (;;) {
    std::string bytes = frames->Pop();
    if (bytes.empty()) return {};  // the wall was closed
    FrameReader frame(std::move(bytes));
    if (frame.verb() != kReturned) {
      Serve(frame);
      continue;
    }
    from_plugin_->Forget(call);
    (void)frame.Number();  // the call
    mamc_code code = frame.Code();
    return {code, std::string(frame.Text())};
  }
}

void WallHostSide::ServeTheRest() {
  FrameQueue& rest = from_plugin_->rest();
  for (std::string bytes = rest.Pop(); !bytes.empty(); bytes = rest.Pop()) {
    FrameReader frame(std::move(bytes));
    if (frame.verb() != kReturned) Serve(frame);
  }
}

void WallHostSide::Serve(FrameReader& frame) {
  const ServiceTables& services = host_.services();
  (void)frame.Number();  // its call
  std::uint64_t request = frame.Number();
  mamc_ticket ticket = frame.Number();
  if (frame.verb() == kComplete) {
    mamc_code code = frame.Code();
    services.complete.complete(services.complete.context, ticket, code, Str(frame.Text()));
    return;
  }
  if (frame.verb() == kLog) {
    std::int32_t level = frame.Code();
    services.log.write(services.log.context, ticket, level, Str(frame.Text()));
    return;
  }
  WallAnswer answer = Ask(frame, ticket);
  FrameWriter reply(kAnswer);
  reply.Number(request).Code(answer.code).Text(answer.bytes);
  plugin_side_->Deliver(reply.Take());
}

WallAnswer WallHostSide::Ask(FrameReader& frame, mamc_ticket ticket) {
  const ServiceTables& s = host_.services();
  WallAnswer answer;
  mamc_str first = Str(frame.Text()), second = Str(frame.Text()), third = Str(frame.Text());
  switch (frame.verb()) {
    case kEmit:
      answer.code = s.complete.emit(s.complete.context, ticket, first, second);
      break;
    case kChild:
      answer.code = s.children.call(s.children.context, ticket, first, second, third);
      break;
    case kCancelChild:
      answer.code = s.children.cancel_child(s.children.context, ticket, first);
      break;
    case kSecret:
      answer.code = s.secret.get(s.secret.context, ticket, first, AppendTo, &answer.bytes);
      break;
    case kState:
      answer.code = s.state.get(s.state.context, ticket, first, AppendTo, &answer.bytes);
      break;
    case kPutArtifact:
      answer.code = s.artifact.put(s.artifact.context, ticket, first, AppendTo, &answer.bytes);
      break;
    case kGetArtifact:
      answer.code = s.artifact.get(s.artifact.context, ticket, first, AppendTo, &answer.bytes);
      break;
    default:
      answer.code = MAMC_E_INTERNAL;
  }
  return answer;
}

void WallHostSide::Close() {
  from_plugin_->Close();
  rest_thread_.join();
}

}  // namespace mamc::plugin
