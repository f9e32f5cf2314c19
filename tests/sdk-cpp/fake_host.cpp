#include "fake_host.hpp"

#include <chrono>

namespace mamc::sdk::test {

using detail::Str;
using detail::View;

namespace {

FakeHost& Host(void* self) {
  return *static_cast<FakeHost*>(self);
}

// In pieces, as a host may.
mamc_code Give(const std::string& text, mamc_sink sink, void* sink_context) {
  const std::string_view whole = text;
  sink(sink_context, Str(whole.substr(0, whole.size() / 2)));
  sink(sink_context, Str(whole.substr(whole.size() / 2)));
  return MAMC_OK;
}

}  // namespace

FakeHost::FakeHost() {
  host_ = {sizeof host_, 0, this, &GetService};
  complete_ = {sizeof complete_, 0, this, &TakeEnd, &TakeEmit};
  children_ = {sizeof children_, 0, this, &TakeChild, &TakeCancelChild};
  log_table_ = {sizeof log_table_, 0, this, &TakeLog};
  secret_ = {sizeof secret_, 0, this, &GiveSecret};
  state_ = {sizeof state_, 0, this, &GiveState};
  detail::FindServices(host_);
}

FakeHost::~FakeHost() {
  detail::TheServices() = {};
}

bool FakeHost::completed(mamc_ticket ticket) const {
  const std::lock_guard lock(mutex_);
  return ends_.contains(ticket);
}
Completed FakeHost::end(mamc_ticket ticket) const {
  const std::lock_guard lock(mutex_);
  return ends_.at(ticket);
}
std::vector<Asked> FakeHost::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}
std::size_t FakeHost::asked_count() const {
  const std::lock_guard lock(mutex_);
  return asked_.size();
}
std::vector<std::string> FakeHost::cancelled_children() const {
  const std::lock_guard lock(mutex_);
  return cancelled_children_;
}
std::vector<std::string> FakeHost::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}
void FakeHost::WaitForAsked(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(120), [&] { return asked_.size() >= count; }))
    throw std::runtime_error("the plugin did not make its child call");
}

const void* FakeHost::GetService(void* self, const char* id) {
  const std::string_view wanted = id;
  if (wanted == MAMC_SERVICE_COMPLETE) return &Host(self).complete_;
  if (wanted == MAMC_SERVICE_CHILDREN) return &Host(self).children_;
  if (wanted == MAMC_SERVICE_LOG) return &Host(self).log_table_;
  if (wanted == MAMC_SERVICE_SECRET) return &Host(self).secret_;
  if (wanted == MAMC_SERVICE_STATE) return &Host(self).state_;
  return nullptr;  // artifacts: a host may lack a service
}

mamc_code FakeHost::TakeEnd(void* self, mamc_ticket ticket, mamc_code code, mamc_str json) {
  FakeHost& host = Host(self);
  if (code >= 0 && json.size > host.max_result_bytes) return MAMC_E_LIMIT;
  const std::lock_guard lock(host.mutex_);
  const bool first = host.ends_.try_emplace(ticket, Completed{code, Json::parse(View(json))}).second;
  return first ? MAMC_OK : MAMC_E_STALE;
}

mamc_code FakeHost::TakeEmit(void* self, mamc_ticket, mamc_str kind, mamc_str json) {
  FakeHost& host = Host(self);
  const std::lock_guard lock(host.mutex_);
  host.log_.push_back("emit " + std::string(View(kind)) + " " + std::string(View(json)));
  return MAMC_AGAIN;
}

mamc_code FakeHost::TakeChild(void* self, mamc_ticket ticket, mamc_str key, mamc_str service,
                              mamc_str input) {
  FakeHost& host = Host(self);
  const std::string name(View(key));
  if (const auto found = host.refuse.find(name); found != host.refuse.end()) return found->second;
  const std::lock_guard lock(host.mutex_);
  host.asked_.push_back({ticket, name, std::string(View(service)), Json::parse(View(input))});
  host.changed_.notify_all();
  return MAMC_OK;
}

mamc_code FakeHost::TakeCancelChild(void* self, mamc_ticket, mamc_str key) {
  FakeHost& host = Host(self);
  const std::lock_guard lock(host.mutex_);
  host.cancelled_children_.emplace_back(View(key));
  return MAMC_OK;
}

void FakeHost::TakeLog(void* self, mamc_ticket, int32_t level, mamc_str text) {
  FakeHost& host = Host(self);
  const std::lock_guard lock(host.mutex_);
  host.log_.push_back(std::to_string(level) + " " + std::string(View(text)));
}

mamc_code FakeHost::GiveSecret(void* self, mamc_ticket, mamc_str name, mamc_sink sink, void* sink_context) {
  if (View(name) == "undeclared") return MAMC_E_PERMISSION;
  const auto found = Host(self).secrets.find(std::string(View(name)));
  return found == Host(self).secrets.end() ? MAMC_E_NOT_FOUND : Give(found->second, sink, sink_context);
}

mamc_code FakeHost::GiveState(void* self, mamc_ticket, mamc_str key, mamc_sink sink, void* sink_context) {
  const auto found = Host(self).state.find(std::string(View(key)));
  return found == Host(self).state.end() ? MAMC_E_NOT_FOUND : Give(found->second, sink, sink_context);
}

Driven::Driven(Provided type, const Json& settings)
    : instance_((new detail::Instance(type.make(settings), type.threads == Threads::kOwn))->table()) {}

Driven::~Driven() {
  if (instance_) instance_->destroy(instance_->self);
}

void Driven::Start(mamc_ticket ticket, const std::string& input, std::uint32_t verb) {
  mamc_call_info info{};
  info.struct_size = sizeof info;
  info.verb = verb;
  info.attempt = 1;
  info.op_id = Str("op");
  instance_->start(instance_->self, ticket, &info, Str(input));
}

void Driven::Done(mamc_ticket ticket, const std::string& key, const std::string& json, mamc_code code) {
  const mamc_child_result result{sizeof result, code, Str(key), Str(json)};
  instance_->child_done(instance_->self, ticket, &result);
}

void Driven::Cancel(mamc_ticket ticket, mamc_code reason) {
  instance_->cancel(instance_->self, ticket, reason);
}
void Driven::Release(mamc_ticket ticket) {
  instance_->release(instance_->self, ticket);
}

}  // namespace mamc::sdk::test
