#include "instances.hpp"

#include <utility>

#include "mamc/base/json.hpp"

namespace mamc::plugin {

Result<std::shared_ptr<Instance>> Instances::Open(Kind kind, std::string_view id, const Json& settings) {
  auto found = catalog_.Find(kind, id);
  if (!found.ok()) return found.status();
  const schema::Schema& schema = *found->type->settings;
  Json complete = schema.WithDefaults(settings.is_null() ? Json::object() : settings);
  if (auto violations = schema.Validate(complete); !violations.empty())
    return Invalid("settings of " + std::string(KindName(kind)) + " '" + std::string(id) +
                   "': " + schema::Describe(violations, "settings"));
  std::string key = std::string(KindName(kind)) + '/' + std::string(id) + '\n' +
                    found->plugin->file.string() + '\n' + Dump(complete);
  if (auto known = instances_.find(key); known != instances_.end()) return known->second;
  return Make(*found, std::move(complete), std::move(key));
}

Result<std::shared_ptr<Instance>> Instances::Make(const Catalog::Type& found, Json settings,
                                                  std::string key) {
  auto runtime = RuntimeOf(*found.plugin);
  if (!runtime.ok()) return runtime.status();
  auto instance = std::make_shared<Instance>();
  instance->type = *found.type;
  instance->declared_class = found.type->call_class;
  if (glass_wall_ && found.type->call_class == CallClass::kInline)
    instance->type.call_class = CallClass::kDefault;
  instance->plugin_id = found.plugin->id;
  instance->settings = std::move(settings);
  instance->key = key;
  instance->runtime = *runtime;
  instance->is_inline = instance->type.call_class == CallClass::kInline;
  if (Status status = (*runtime)->Create(*instance); !status.ok()) return status;
  instances_.emplace(std::move(key), instance);
  return instance;
}

Result<PluginRuntime*> Instances::RuntimeOf(const PluginEntry& plugin) {
  auto& runtime = runtimes_[plugin.file.string()];
  if (runtime) return runtime.get();
  PluginHost& host = PluginHost::For(plugin.file, plugin.id);
  catalog_.SetHost(glass_wall_ ? GlassWall::HostFor(plugin.file) : host.table());
  auto library = catalog_.Load(plugin);
  if (!library.ok()) return library.status();
  auto wall = glass_wall_ ? std::make_unique<GlassWall>(host, plugin.file, plugin.id) : nullptr;
  runtime = std::make_unique<PluginRuntime>(host, **library, plugin.id, std::move(wall));
  return runtime.get();
}

std::deque<std::shared_ptr<CallRecord>> Instances::Quarantine(Instance& instance) {
  if (std::exchange(instance.quarantined, true)) return {};
  auto known = instances_.find(instance.key);
  if (known == instances_.end() || known->second.get() != &instance) return {};
  quarantined_.push_back(known->second);
  instances_.erase(known);
  return std::exchange(instance.waiting, {});
}

void Instances::End(const std::vector<std::shared_ptr<CallRecord>>& open) {
  struct OfPlugin {
    std::vector<std::shared_ptr<CallRecord>> calls;
    std::vector<std::shared_ptr<Instance>> instances;
  };
  std::map<PluginRuntime*, OfPlugin> plugins;
  for (auto& [file, runtime] : runtimes_)
    if (runtime) plugins[runtime.get()];
  for (const auto& record : open) plugins[record->instance->runtime].calls.push_back(record);
  for (auto& [key, instance] : instances_) {
    instance->waiting.clear();  // they hold the instance that holds them
    plugins[instance->runtime].instances.push_back(instance);
  }
  for (auto& instance : quarantined_) plugins[instance->runtime].instances.push_back(instance);
  for (auto& [runtime, of] : plugins) runtime->CancelAll(of.calls);
  for (auto& [runtime, of] : plugins) runtime->Quiesce();
  for (auto& [runtime, of] : plugins) runtime->End(of.calls, of.instances);
}

}  // namespace mamc::plugin
