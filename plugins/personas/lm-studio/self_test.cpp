#include "self_test.hpp"

#include <mamc/backend.h>

#include <mamc/cpp/self_test.hpp>

#include "describe.hpp"

namespace lm_studio {
namespace {

using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::SelfTest;

std::string NameOf(const Json& model) {
  return model.value("id", "a model without a name");
}

// What LM Studio loads without being told is 4096 tokens long.
void TestModel(const Json& model, SelfTest& test) {
  const std::int64_t context = model.value("context_length", std::int64_t{0});
  if (context == 0) return test.Fact("the model " + NameOf(model) + " is loaded");
  const std::string loaded =
      "the model " + NameOf(model) + " is loaded with a context of " + std::to_string(context) + " tokens";
  if (context >= kLittleContextTokens) return test.Fact(loaded);
  test.Warning(loaded + ", which files and answers of a common size do not fit into",
               "load it with a context of " + std::to_string(kLittleContextTokens) + " tokens or more");
}

void TestModels(const Json& models, const std::string& server, SelfTest& test) {
  constexpr std::size_t kShown = 5;
  std::size_t loaded = 0;
  for (const Json& model : models)
    if (model.value("loaded", false) && ++loaded <= kShown) TestModel(model, test);
  if (loaded > kShown) test.Fact(std::to_string(loaded - kShown) + " more models are loaded");
  if (models.empty())
    test.Problem(MAMC_E_NOT_FOUND, server + " answers and has no model", "download one there and load it");
  else if (loaded == 0)
    test.Warning(
        server + " answers and has " + std::to_string(models.size()) + " models, none of them loaded",
        "load one, with a context of " + std::to_string(kLittleContextTokens) +
            " tokens or more; else the first question waits for it");
}

std::string AdviceFor(mamc_code code) {
  if (code == MAMC_E_UNAVAILABLE || code == MAMC_E_TIMEOUT)
    return "start the server, or set LM_STUDIO_BASE_URL (backends.lm-studio.base_url) to where it is";
  if (code == MAMC_E_PERMISSION)
    return "set LM_STUDIO_API_KEY, in the environment or in .env, to a token that this server takes";
  return "set LM_STUDIO_BASE_URL (backends.lm-studio.base_url) to a server with the OpenAI API";
}

// True: it answers.
bool TestOne(mamc::http::Client& client, const Endpoint& endpoint, Context& context, SelfTest& test,
             std::vector<Failure>& failures) {
  try {
    const std::string server = mamc::http::ShownUrl(endpoint.base());
    const Json models = DescribeServer(client, endpoint, context)["models"];
    test.Fact(server + " answers" + (context.Secret(kTokenName) ? " and takes the token" : ""));
    TestModels(models, server, test);
    return true;
  } catch (const Failure& failure) {
    if (failure.code() == MAMC_E_CANCELLED) throw;
    failures.push_back(failure);
    return false;
  }
}

}  // namespace

Json TestServers(mamc::http::Client& client, const Servers& servers, Context& context) {
  SelfTest test;
  std::vector<Failure> failures;
  bool any_answers = false;
  for (const auto& server : servers.all())
    any_answers = TestOne(client, server->endpoint(), context, test, failures) || any_answers;
  for (const Failure& failure : failures) {
    // The others do its work meanwhile.
    if (any_answers)
      test.Warning(failure.what(), AdviceFor(failure.code()));
    else
      test.Problem(failure.code(), failure.what(), AdviceFor(failure.code()));
  }
  return test.result();
}

}  // namespace lm_studio
