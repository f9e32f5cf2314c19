// A board's plugin and the words in which its tests speak with it.
#pragma once
#include <mamc/board.h>

#include "support/plugin_driver.hpp"

namespace mamc::test {

class BoardClient {
 public:
  // `server`: kept until the driver is gone.
  BoardClient(std::unique_ptr<PluginDriver> driver, std::shared_ptr<void> server)
      : server_(std::move(server)), driver_(std::move(driver)) {}
  BoardClient(const std::string& id, const Json& settings, std::shared_ptr<void> server = nullptr)
      : BoardClient(std::make_unique<PluginDriver>(plugin::Kind::kBoard, id, settings), std::move(server)) {}

  Json Do(std::uint32_t verb, const Json& input) { return driver().Start(verb, input).result(); }
  plugin::Outcome Try(std::uint32_t verb, const Json& input) { return driver().Run(verb, input); }
  // Of project parser, as everything below.
  Json Add(const Json& extra = Json::object()) {
    Json task = {{"project", "parser"}, {"title", "Fix it"}};
    task.update(extra);
    return Do(MAMC_BOARD_CREATE, task)["task"];
  }
  static Json About(const Json& id, Json more = Json::object()) {
    more.update({{"id", id}, {"project", "parser"}});
    return more;
  }
  Json Set(const Json& id, const Json& set) {
    return Do(MAMC_BOARD_UPDATE, About(id, {{"set", set}}))["task"];
  }
  Json Get(const Json& id) { return Do(MAMC_BOARD_GET, About(id)); }
  Json Task(const Json& id) { return Get(id)["task"]; }
  PluginDriver& driver() { return *driver_; }

 private:
  std::shared_ptr<void> server_;
  std::unique_ptr<PluginDriver> driver_;
};

}  // namespace mamc::test
