// A transport whose streams a test ends: each opening is noted in the file `opened`, the file `end` holds the
// code with which open streams end, the file `say` a message that is handed out once, the file `emptied`
// makes it say once that its server was emptied. The corr_id of what is published is noted in `published`.
// Its leases are noted in `leases`, with their time; `holder` names who has them all, `before` who had them,
// and while there is a file `hold` they are not answered.
#include <mamc/transport.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mamc/cpp/plugin.hpp>
#include <thread>

namespace {

using namespace mamc::sdk;
namespace fs = std::filesystem;

class Flaky final : public Type {
 public:
  explicit Flaky(const Json& settings) : dir_(settings.at("dir").get<std::string>()) {}

  Task<Json> Call(Context& context, Json input) override {
    Json nothing = Json::object();
    if (context.verb() == MAMC_TRANSPORT_PUBLISH) {
      std::ofstream(dir_ / "published", std::ios::app) << input["fields"].value("corr_id", "") << std::endl;
      nothing["id"] = "7-0";
    }
    if (context.verb() == MAMC_TRANSPORT_LEASE) co_return Lease(context, input);
    if (context.verb() == MAMC_TRANSPORT_GET && fs::exists(dir_ / "before"))
      nothing["value"] = Word("before");
    if (context.verb() != MAMC_TRANSPORT_READ && context.verb() != MAMC_TRANSPORT_CONSUME) co_return nothing;
    std::ofstream(dir_ / "opened", std::ios::app)
        << (context.verb() == MAMC_TRANSPORT_READ ? "read " + input.at("from").get<std::string>()
                                                  : "consume " + input.at("group").get<std::string>())
        << std::endl;
    while (!context.cancelled()) {
      if (fs::exists(dir_ / "end")) End();
      if (fs::exists(dir_ / "say")) Say(context);
      if (fs::remove(dir_ / "emptied")) context.Emit("emptied", Json::object());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    throw Failure(MAMC_E_CANCELLED, "closed");
  }

 private:
  Json Lease(Context& context, const Json& input) const {
    std::ofstream(dir_ / "leases", std::ios::app) << input.at("ttl_ms") << std::endl;
    while (fs::exists(dir_ / "hold") && !context.cancelled())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (fs::exists(dir_ / "end")) End();
    if (const std::string holder = Word("holder"); !holder.empty())
      throw Failure(MAMC_E_CONFLICT, "somebody has it", {{"owner", holder}});
    return {{"owner", input.at("owner")}};
  }
  std::string Word(const char* file) const {
    std::string word;
    std::ifstream(dir_ / file) >> word;
    return word;
  }
  void End() const {
    int code = MAMC_E_FAILED;
    std::ifstream(dir_ / "end") >> code;
    throw Failure(static_cast<mamc_code>(code), "the line is dead");
  }
  void Say(Context& context) const {
    context.Emit("message", Json::parse(std::ifstream(dir_ / "say")));
    fs::remove(dir_ / "say");
  }

  fs::path dir_;
};

}  // namespace

MAMC_PLUGIN(Provide<Flaky>("transport", "test.flaky"))
