// From C++ types to the one exported function: MAMC_PLUGIN(Provide<T>(kind, id), ...). Every function that
// the host may call is a barrier: no exception leaves it.
#pragma once
#include <mamc/plugin.h>

#include <functional>
#include <mamc/cpp/type.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

// Put into the library by mamc_add_plugin beside the manifest's section. Absent where a manifest is embedded
// otherwise.
extern "C" {
extern const unsigned char mamc_manifest_bytes[] __attribute__((weak, visibility("hidden")));
extern const unsigned long mamc_manifest_size __attribute__((weak, visibility("hidden")));
}

namespace mamc::sdk {

// Whether a type's calls have a thread each. kFromManifest reads it from the manifest that mamc_add_plugin
// embedded.
enum class Threads { kFromManifest, kShared, kOwn };

struct Provided {
  std::string kind;
  std::string id;
  Threads threads;
  std::function<std::unique_ptr<Type>(const Json& settings)> make;
};

template <class T>
Provided Provide(std::string kind, std::string id, Threads threads = Threads::kFromManifest) {
  return {std::move(kind), std::move(id), threads,
          [](const Json& settings) -> std::unique_ptr<Type> { return std::make_unique<T>(settings); }};
}

namespace detail {

inline bool HasOwnThread(const Provided& provided) {
  if (provided.threads != Threads::kFromManifest) return provided.threads == Threads::kOwn;
  if (mamc_manifest_bytes == nullptr || &mamc_manifest_size == nullptr) return false;
  const Json manifest = Json::parse(mamc_manifest_bytes, mamc_manifest_bytes + mamc_manifest_size);
  for (const Json& type : manifest.at("types"))
    if (type.at("kind") == provided.kind && type.at("id") == provided.id)
      return type.value("class", "default") == "blocking";
  return false;
}

// One configured type and its open calls.
class Instance {
 public:
  Instance(std::unique_ptr<Type> type, bool blocking) : type_(std::move(type)), blocking_(blocking) {
    table_.struct_size = sizeof table_;
    table_.self = this;
    table_.start = &Start;
    table_.child_done = &ChildDone;
    table_.cancel = &Cancel;
    table_.release = &Release;
    table_.destroy = &Destroy;
  }

  const mamc_instance* table() const { return &table_; }

 private:
  static Instance& Of(void* self) { return *static_cast<Instance*>(self); }

  static void MAMC_CALL Start(void* self, mamc_ticket ticket, const mamc_call_info* info,
                              mamc_str input) noexcept {
    Shielded(ticket, [&] {
      const auto context = std::make_shared<Context>(ticket, *info, Of(self).blocking_);
      Of(self).Keep(ticket, context);
      Json json = Json::parse(View(input), nullptr, false);
      if (json.is_discarded())
        return context->Complete(MAMC_E_INVALID, {{"message", "the input of the call is not JSON"}});
      context->Start(*Of(self).type_, std::move(json));
    });
  }

  static void MAMC_CALL ChildDone(void* self, mamc_ticket ticket, const mamc_child_result* result) noexcept {
    Shielded(ticket, [&] {
      if (const auto context = Of(self).Find(ticket))
        context->OnChildDone(View(result->key), result->code, View(result->json));
    });
  }

  static void MAMC_CALL Cancel(void* self, mamc_ticket ticket, mamc_code reason) noexcept {
    Shielded(ticket, [&] {
      if (const auto context = Of(self).Find(ticket)) context->OnCancel(reason);
    });
  }

  static void MAMC_CALL Release(void* self, mamc_ticket ticket) noexcept {
    Shielded(ticket, [&] { Of(self).Remove(ticket); });
  }

  static void MAMC_CALL Destroy(void* self) noexcept {
    Shielded(0, [&] { delete &Of(self); });
  }

  // What escapes here is a lack of memory or a bug of this layer: the call fails, the host lives.
  template <class Work>
  static void Shielded(mamc_ticket ticket, Work work) noexcept {
    const char* text = "something that is not a std::exception was thrown";
    try {
      return work();
    } catch (const std::exception& error) {
      WriteLog(ticket, MAMC_LOG_PLUGIN_MISBEHAVING, error.what());
      text = "the plugin failed outside its own work; its log has the reason";
    } catch (...) {
      WriteLog(ticket, MAMC_LOG_PLUGIN_MISBEHAVING, text);
    }
    const mamc_complete* service = TheServices().complete;
    if (ticket == 0 || !MAMC_HAS(service, mamc_complete, complete)) return;
    char json[160];
    const int size = std::snprintf(json, sizeof json, "{\"message\":\"%s\"}", text);
    service->complete(service->context, ticket, MAMC_E_INTERNAL, {json, static_cast<std::size_t>(size)});
  }

  void Keep(mamc_ticket ticket, std::shared_ptr<Context> context) {
    const std::lock_guard lock(mutex_);
    contexts_.insert_or_assign(ticket, std::move(context));
  }
  std::shared_ptr<Context> Find(mamc_ticket ticket) {
    const std::lock_guard lock(mutex_);
    const auto found = contexts_.find(ticket);
    return found == contexts_.end() ? nullptr : found->second;
  }
  // The context is destroyed outside the lock: its coroutine's objects may take their time.
  void Remove(mamc_ticket ticket) {
    std::shared_ptr<Context> removed;
    const std::lock_guard lock(mutex_);
    if (auto node = contexts_.extract(ticket)) removed = std::move(node.mapped());
  }

  mamc_instance table_{};
  const std::unique_ptr<Type> type_;
  const bool blocking_;
  std::mutex mutex_;
  std::unordered_map<mamc_ticket, std::shared_ptr<Context>> contexts_;  // guarded by mutex_
};

// The types of one kind.
class Factory {
 public:
  explicit Factory(std::string kind) : id_("mamc." + std::move(kind) + "/1") {
    table_.struct_size = sizeof table_;
    table_.self = this;
    table_.create = &Create;
  }
  Factory(const Factory&) = delete;
  Factory& operator=(const Factory&) = delete;

  const std::string& id() const { return id_; }
  const mamc_factory* table() const { return &table_; }
  void Add(Provided provided) { types_.push_back(std::move(provided)); }

 private:
  static mamc_code MAMC_CALL Create(void* self, mamc_str type, mamc_str settings,
                                    const mamc_instance** instance) noexcept {
    try {
      Outcome outcome = Guarded([&] {
        *instance = static_cast<Factory*>(self)->Make(View(type), Json::parse(View(settings)))->table();
        return Json();
      });
      if (outcome.code < 0)
        WriteLog(0, MAMC_LOG_ERROR, outcome.json.at("message").get_ref<const std::string&>());
      return outcome.code;
    } catch (...) {  // no memory even for the sentence
      return MAMC_E_LIMIT;
    }
  }

  Instance* Make(std::string_view id, const Json& settings) const {
    for (const Provided& provided : types_)
      if (provided.id == id) return new Instance(provided.make(settings), HasOwnThread(provided));
    throw Failure(MAMC_E_NOT_FOUND, "the plugin's code provides no type " + std::string(id) + " of " + id_);
  }

  const std::string id_;
  mamc_factory table_{};
  std::vector<Provided> types_;
};

// What the entry function hands out. One per library, made once and kept for the life of the process.
class Module {
 public:
  explicit Module(std::vector<Provided> types) {
    for (Provided& provided : types) FactoryOf(provided.kind).Add(std::move(provided));
    table_.struct_size = sizeof table_;
    table_.built_minor = MAMC_ABI_MINOR;
    table_.init = &Init;
    table_.get_factory = &GetFactory;
    table_.deinit = &Deinit;
    The() = this;
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  const mamc_module* table() const { return &table_; }

 private:
  static Module*& The() {
    static Module* module = nullptr;
    return module;
  }

  static mamc_code MAMC_CALL Init(const mamc_host* host) noexcept {
    if (!MAMC_HAS(host, mamc_host, get_service)) return MAMC_E_INVALID;
    FindServices(*host);
    return MAMC_OK;
  }
  static const mamc_factory* MAMC_CALL GetFactory(const char* id) noexcept {
    for (const auto& factory : The()->factories_)
      if (factory->id() == id) return factory->table();
    return nullptr;
  }
  static void MAMC_CALL Deinit() noexcept { TheServices() = {}; }

  Factory& FactoryOf(const std::string& kind) {
    for (const auto& factory : factories_)
      if (factory->id() == "mamc." + kind + "/1") return *factory;
    return *factories_.emplace_back(std::make_unique<Factory>(kind));
  }

  mamc_module table_{};
  std::vector<std::unique_ptr<Factory>> factories_;
};

template <class Make>
mamc_code Enter(Make make, const mamc_module** module) noexcept {
  try {
    static const Module the_module(make());
    *module = the_module.table();
    return MAMC_OK;
  } catch (...) {
    return MAMC_E_INTERNAL;
  }
}

}  // namespace detail
}  // namespace mamc::sdk

#define MAMC_PLUGIN(...)                                                                                   \
  MAMC_EXPORT mamc_code MAMC_CALL mamc_plugin_entry_1(const mamc_host_info*, const mamc_module** module) { \
    return ::mamc::sdk::detail::Enter([] { return std::vector<::mamc::sdk::Provided>{__VA_ARGS__}; },      \
                                      module);                                                             \
  }
