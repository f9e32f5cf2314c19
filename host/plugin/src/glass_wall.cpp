#include "glass_wall.hpp"

#include <utility>

#include "wall_host_side.hpp"
#include "wall_plugin_side.hpp"
#include "wall_router.hpp"
#include "wall_services.hpp"

namespace mamc::plugin {

const mamc_host* GlassWall::HostFor(const std::filesystem::path& file) {
  return WallServices::For(file).table();
}

GlassWall::GlassWall(PluginHost& real_host, const std::filesystem::path& file, std::string name)
    : services_(WallServices::For(file)) {
  auto to_host = std::make_shared<FrameRouter>();
  plugin_side_ = std::make_shared<WallPluginSide>(services_, to_host, std::move(name));
  host_side_ = std::make_shared<WallHostSide>(real_host, plugin_side_, to_host);
  services_.Join(plugin_side_);
}

GlassWall::~GlassWall() {
  if (!closed_) Close();
}

mamc_code GlassWall::Create(const mamc_factory* factory, CallClass declared, const std::string& type,
                            const std::string& settings, const mamc_instance** instance,
                            std::string& last_log_line) {
  return host_side_->Create(factory, declared, type, settings, instance, last_log_line);
}

void GlassWall::GiveUp(mamc_ticket ticket) {
  plugin_side_->GiveUp(ticket);
}

bool GlassWall::Close() {
  closed_ = true;
  bool clean = plugin_side_->Stop();
  host_side_->Close();
  services_.Leave(plugin_side_.get());
  return clean;
}

}  // namespace mamc::plugin
