// What a model server may do, and what becomes of it: the table's rows about schemas, loading, clocks and
// addresses.
#include "lm_studio_rows.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::test::studio;

namespace {

std::vector<Row> Schemas() {
  return {
      {.name = "a schema that is refused is left out",
       .script = Chat(
           {Plain(400, R"({"error":"'response_format.type' must be 'json_schema' or 'text'"})"), Good()}),
       .actions = {"ask", "ask"},
       .log = "refuses response_format; asking once more without a schema",
       .question = kSchema},
      {.name = "a schema that makes no grammar is left out",
       .script = Chat({Plain(400, R"({"error":{"message":"failed to parse grammar"}})"), Good()}),
       .actions = {"ask", "ask"},
       .question = kSchema},
      {.name = "a format is refused for good when there was no schema",
       .script = Chat({Plain(400, R"({"error":"'response_format.type' must be 'json_schema' or 'text'"})")}),
       .code = Code::kFailed,
       .error_class = "BadFormat",
       .line = "'response_format.type' must be"},
  };
}

std::vector<Row> Loading() {
  const std::vector<HttpReply> then_loaded = {ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}),
                                              ListOf({Loaded("m")})};
  const HttpReply too_long = Plain(
      400,
      R"({"error":"The input has 40000 tokens, does not fit in context length, which only supports 32768."})");
  return {
      {.name = "a model that this host loaded is loaded with a larger context when a prompt needs it",
       .script = {.chat = {too_long, Good()},
                  .lists = then_loaded,
                  .load = {LoadedReply("m"), LoadedReply("m", 48'192)}},
       .actions = {"load", "ask", "unload", "load", "ask"},
       .log = "anew with a context of 48192 tokens: the prompt has 40000"},
      {.name = "a model that is loaded larger once is not loaded larger for ever",
       .script = {.chat = {too_long}, .lists = then_loaded, .load = {LoadedReply("m")}},
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .actions = {"load", "ask", "unload", "load", "ask"},
       .line = "The prompt has 40000 tokens and the model is loaded with 32768"},
      {.name = "a prompt that the asker counts as too long has the model loaded larger before it is asked",
       .script = {.lists = {ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}), ListOf({Loaded("m")}),
                            ListOf({Loaded("m", 48'192)})},
                  .load = {LoadedReply("m"), LoadedReply("m", 48'192)}},
       .actions = {"load", "unload", "load", "ask"},
       .has = {{"context_length", 48'192}},
       .question = {{"prompt_tokens", 40'000}, {"reply_tokens", 8192}}},
      {.name = "a prompt that is too long for a context that cannot grow is not sent",
       .script = {.lists = {ListOf({Loaded("m")})}},
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .actions = {},
       .line = "was not asked. The prompt has 40000 tokens and the model is loaded with 32768",
       .has = {{"need_tokens", 40'000}, {"have_tokens", 32'768}},
       .question = {{"prompt_tokens", 40'000}, {"reply_tokens", 8192}}},
      {.name = "a prompt that leaves no room for the answer is not sent",
       .script = {.lists = {ListOf({Loaded("m")})}},
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .actions = {},
       .line = "was not asked",
       .question = {{"prompt_tokens", 24'577}, {"reply_tokens", 8192}}},
      {.name = "an answer that is wanted long takes at most a quarter of the context",
       .script = {.lists = {ListOf({Loaded("m")})}},
       .has = {{"context_length", 32'768}},
       .question = {{"prompt_tokens", 24'576}, {"reply_tokens", 100'000}}},
      {.name =
           "a model for whose larger context there is no memory is loaded as before and the prompt refused",
       .script = {.lists = {ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}), ListOf({Loaded("m")}),
                            ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}), ListOf({Loaded("m")})},
                  .load = {LoadedReply("m"), Plain(500, kNoResources), LoadedReply("m")}},
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .actions = {"load", "unload", "load", "load"},
       .line = "was not asked. The prompt has 40000 tokens and the model is loaded with 32768",
       .log = "the model stays as it was",
       .question = {{"prompt_tokens", 40'000}, {"reply_tokens", 8192}}},
      {.name = "a model that somebody else loaded keeps its context",
       .script = {.chat = {too_long}, .lists = {ListOf({Loaded("m")})}, .load = {LoadedReply("m")}},
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .line = "The prompt has 40000 tokens"},
      {.name = "a context that was set is kept though a prompt is longer",
       .script = {.chat = {too_long}, .lists = then_loaded, .load = {LoadedReply("m")}},
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .actions = {"load", "ask"},
       .line = "The prompt has 40000 tokens",
       .settings = {{"context_length", 32'768}}},
      {.name = "a model that is loaded is asked at once",
       .script = {.lists = {ListOf({Loaded("m")})}},
       .has = {{"model", "m"}}},
      {.name = "a model that is not loaded is loaded first",
       .script = {.lists = then_loaded, .load = {LoadedReply("m")}},
       .actions = {"load", "ask"},
       .log = "loaded the model m"},
      {.name = "a model that is loaded with a small context is loaded anew with a larger one",
       .script = {.lists = then_loaded, .load = {LoadedReply("m", 4096), LoadedReply("m", 16'384)}},
       .actions = {"load", "unload", "load", "ask"},
       .log = "with a context of 16384 tokens"},
      {.name = "a context that was set is loaded as it is",
       .script = {.lists = then_loaded, .load = {LoadedReply("m", 4096)}},
       .actions = {"load", "ask"},
       .log = "with a context of 4096 tokens",
       .settings = {{"context_length", 4096}}},
      {.name = "a model is left to the server where loading is switched off",
       .script = {.lists = {ListOf({NotLoaded("m")})}},
       .settings = {{"load_models", false}}},
      {.name = "a model is left to a server that loads none when told to",
       .script = {.lists = {ListOf({NotLoaded("m")})}},
       .actions = {"load", "ask"}},
      {.name = "a model is left to the server where the token may not load any",
       .script = {.lists = {ListOf({NotLoaded("m")})}, .load = {Plain(403, kToken)}},
       .actions = {"load", "ask"}},
      {.name = "a model that was loaded by another meanwhile is not loaded again",
       .script = {.lists = {ListOf({NotLoaded("m")}), ListOf({Loaded("m")})}}},
      {.name = "a model that was unloaded since it was listed is loaded and asked once more",
       .script = {.chat = {Plain(404, kNoModelsLoaded), Good()},
                  .lists = {ListOf({Loaded("m")}), ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}),
                            ListOf({Loaded("m")})},
                  .load = {LoadedReply("m")}},
       .actions = {"ask", "load", "ask"}},
      {.name = "an answer that began is not asked for again here when its model goes",
       .script = {.chat = {Stream(Content("half") + Data({{"error", "No models loaded."}}))},
                  .lists = {ListOf({Loaded("m")})}},
       .code = Code::kFailed,
       .error_class = "NotLoaded",
       .line = "No models loaded."},
      {.name = "a model that is never loaded is not asked for ever",
       .script = {.chat = {Plain(400, kNoModelsLoaded)},
                  .lists = {ListOf({NotLoaded("m")})},
                  .load = {LoadedReply("m")}},
       .code = Code::kFailed,
       .error_class = "NotLoaded",
       .actions = {"load", "ask", "load", "ask"},
       .line = "No models loaded."},
      {.name = "no model loaded at a server that loads none is told",
       .script = Chat({Plain(404, kNoModelsLoaded)}),
       .code = Code::kFailed,
       .error_class = "NotLoaded",
       .line = "Load the model there"},
      {.name = "a model that does not fit is not loaded again and again",
       .script = {.lists = {ListOf({Loaded("x"), NotLoaded("m")})}, .load = {Plain(500, kNoResources)}},
       .code = Code::kFailed,
       .error_class = "NoMemory",
       .actions = {"load"},
       .line = "Unload other models there"},
      {.name = "a model that does not fit when it is asked is not asked again",
       .script = Chat({Plain(404, kNoResources)}),
       .code = Code::kFailed,
       .error_class = "NoMemory",
       .line = "insufficient system resources"},
      {.name = "a model whose loading never ends counts as an attempt",
       .script = {.lists = {ListOf({NotLoaded("m")})}, .load = {Silent()}},
       .code = Code::kTimeout,
       .error_class = "Timeout",
       .actions = {"load"},
       .line = "/api/v1/models/load sent nothing for 150 ms"},
      {.name = "an answer of a model whose context is known is bounded by it",
       .script = {.lists = {ListOf({Loaded("m", 8192)})}},
       .has = {{"finish", "stop"}}},
  };
}

std::vector<Row> Clocks() {
  const std::string role = Data({{"choices", {{{"delta", {{"role", "assistant"}}}}}}});
  return {
      {.name = "a server that reads the prompt for long is waited for",
       .script = Chat({Paused(Good(), 0, 400)}),
       .settings = {{"first_token_timeout_ms", 20'000}}},
      {.name = "a server that says it is there before it reads the prompt is waited for as long",
       .script = Chat({Paused(Stream(role + Content("fine") + kDone), role.size(), 400)}),
       .settings = {{"first_token_timeout_ms", 20'000}}},
      {.name = "a server that never begins counts as an attempt",
       .script = Chat({Silent()}),
       .code = Code::kTimeout,
       .error_class = "Timeout",
       .line = "sent nothing for 150 ms"},
      {.name = "a server that falls silent in the middle counts as an attempt",
       .script = Chat({Stream(Content("half"), 0, Ending::kStall)}),
       .code = Code::kTimeout,
       .error_class = "Timeout",
       .line = "fell silent in the middle of its answer for 150 ms",
       .settings = {{"first_token_timeout_ms", 20'000}}},
      {.name = "an answer that takes too long counts as an attempt",
       .script = Chat({Stream(Content("half"), 0, Ending::kStall)}),
       .code = Code::kTimeout,
       .error_class = "Timeout",
       .line = "did not finish its answer within 200 ms",
       .settings = {{"idle_timeout_ms", 20'000}, {"total_timeout_ms", 200}}},
      {.name = "a silent server that lists its models is alive",
       .script = Chat({Paused(Good(), 0, 300)}),
       .settings = {{"first_token_timeout_ms", 20'000}, {"liveness_interval_ms", 20}}},
  };
}

std::vector<Row> BaseUrls() {
  std::vector<Row> rows;
  for (const auto& [suffix, what] :
       std::vector<std::pair<std::string, std::string>>{{"", "bare"},
                                                        {"/", "a slash"},
                                                        {"/v1", "v1"},
                                                        {"/v1/", "v1 and a slash"},
                                                        {"/api/v1", "the path of its own API"},
                                                        {"/v1/chat/completions", "the whole path"}}) {
    rows.push_back({.name = "a base URL may end with " + what, .suffix = suffix});
  }
  return rows;
}

const bool kSchemasRows = Register(Schemas());
const bool kLoadingRows = Register(Loading());
const bool kClocksRows = Register(Clocks());
const bool kBaseUrlsRows = Register(BaseUrls());

}  // namespace
