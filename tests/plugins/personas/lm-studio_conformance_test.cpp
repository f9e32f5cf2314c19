// What a model server may say, and what becomes of it: the table's rows about errors and answers.
#include "lm_studio_rows.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::test::studio;

namespace {

std::vector<Row> ErrorsByStatus() {
  return {
      {.name = "an error that is a string is told in its words",
       .script = Chat({Plain(400, R"({"error":"'messages' must be an array"})")}),
       .code = Code::kFailed,
       .error_class = "BadRequest",
       .line = "answered with status 400: 'messages' must be an array",
       .has = {{"status", 400}}},
      {.name = "an error that is an object is told in its words",
       .script =
           Chat({Plain(422, R"({"error":{"message":"bad temperature","type":"invalid_request_error"}})")}),
       .code = Code::kFailed,
       .error_class = "BadRequest",
       .line = "bad temperature"},
      {.name = "an error without words is told whole",
       .script = Chat({Plain(400, R"({"error":{"why":7}})")}),
       .code = Code::kFailed,
       .error_class = "BadRequest",
       .line = R"({"why":7})"},
      {.name = "an error that is no JSON is told as it is",
       .script = Chat({Plain(500, "<h1>oops</h1>")}),
       .code = Code::kTimeout,
       .error_class = "ServerError",
       .line = "<h1>oops</h1>"},
      {.name = "a token that is required is named",
       .script = Chat({Plain(401, kToken)}),
       .code = Code::kPermission,
       .error_class = "Auth",
       .line = "LM_STUDIO_API_KEY is not set"},
      {.name = "a busy server may say when to ask again",
       .script = Chat({{.status = 429, .headers = {{"Retry-After", "7"}}, .body = "{}"}}),
       .code = Code::kUnavailable,
       .error_class = "Busy",
       .line = "status 429",
       .has = {{"retry_after_ms", 7000}}},
      {.name = "a server that is starting is busy",
       .script = Chat({Plain(503, R"({"error":{"message":"Loading model","type":"unavailable_error"}})")}),
       .code = Code::kUnavailable,
       .error_class = "Busy",
       .line = "Loading model"},
      {.name = "a model that is not on the machine is named as such",
       .script =
           Chat({Plain(404, R"({"error":{"message":"Model 'm' not found","code":"model_not_found"}})")}),
       .code = Code::kFailed,
       .error_class = "NoSuchModel",
       .line = "personas.<id>.model"},
      {.name = "a model that crashed counts as an attempt",
       .script = Chat({Plain(
           400,
           R"j({"error":"The model has crashed without additional information. (Exit code: 18446744072635812000)"})j")}),
       .code = Code::kTimeout,
       .error_class = "ModelCrashed",
       .line = "has crashed"},
  };
}

std::vector<Row> ErrorsWithin200() {
  return {
      {.name = "an error under status 200 is an error",
       .script = Chat({Plain(200, R"({"error":"bad things"})")}),
       .code = Code::kFailed,
       .error_class = "BadRequest",
       .line = "failed: bad things"},
      {.name = "a path that is none under status 200 is a wrong address",
       .script = Chat(
           {Plain(200, R"({"error":"Unexpected endpoint or method. (POST /v1). Returning 200 anyway"})")}),
       .code = Code::kFailed,
       .error_class = "BadUrl",
       .line = "backends.lm-studio.base_url is the address of the server alone"},
      {.name = "a page under status 200 is no chat server",
       .script = Chat({Plain(200, "<html>welcome</html>")}),
       .code = Code::kFailed,
       .error_class = "BadUrl",
       .line = "did not answer like a chat server: <html>"},
      {.name = "an error event is an error after an answer began",
       .script = Chat(
           {Stream(Content("half") + "event: error\n" + Data({{"error", {{"message", "Channel Error"}}}}))}),
       .code = Code::kTimeout,
       .error_class = "ModelCrashed",
       .line = "Channel Error"},
      {.name = "an error event that is no JSON is told as it is",
       .script = Chat({Stream("event: error\ndata: it broke\n\n")}),
       .code = Code::kFailed,
       .error_class = "BadRequest",
       .line = "it broke"},
      {.name = "an error in a piece of the stream is an error",
       .script = Chat({Stream(Content("half") + Data({{"error", "Model unloaded."}}) + kDone)}),
       .code = Code::kTimeout,
       .error_class = "ModelCrashed",
       .line = "Model unloaded."},
      {.name = "a piece that is no JSON counts as an attempt",
       .script = Chat({Stream("data: {\"choices\": [\n\n")}),
       .code = Code::kTimeout,
       .error_class = "Malformed",
       .line = "not JSON"},
      {.name = "a piece that is no object counts as an attempt",
       .script = Chat({Stream("data: 7\n\n")}),
       .code = Code::kTimeout,
       .error_class = "Malformed",
       .line = "not a JSON object"},
      {.name = "an answer that was stopped since the model was unloaded is none",
       .script = Chat({Stream(Content("half") + Stopped("modelUnloaded") + kDone)}),
       .code = Code::kTimeout,
       .error_class = "ModelCrashed",
       .line = "modelUnloaded"},
      {.name = "an answer that somebody stopped at the server is none",
       .script = Chat({Stream(Content("half") + Stopped("userStopped") + kDone)}),
       .code = Code::kTimeout,
       .error_class = "Truncated",
       .line = "somebody stopped it"},
  };
}

std::vector<Row> Overflowing() {
  return {
      Overflow(
          "a prompt too long for LM Studio is told with both numbers",
          R"({"error":"Trying to keep the first 9137 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."})",
          9137, 4096),
      Overflow(
          "a prompt to be kept that is too long is told with both numbers",
          R"({"error":"The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5339>= n_ctx: 4096)."})",
          5339, 4096),
      Overflow(
          "a prompt too long for llama.cpp is told with both numbers of its structure",
          R"({"error":{"code":400,"message":"request (1 tokens) exceeds the available context size (2 tokens) now","type":"exceed_context_size_error","n_prompt_tokens":8200,"n_ctx":8192}})",
          8200, 8192),
      Overflow(
          "a prompt too long for llama.cpp is told with both numbers of its words",
          R"({"error":{"code":400,"message":"request (8200 tokens) exceeds the available context size (8192 tokens), try increasing it"}})",
          8200, 8192),
      Overflow(
          "a prompt too long for vLLM is told with both numbers",
          R"({"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4500 in the messages, 500 in the completion).","code":400})",
          5000, 4096),
      {.name = "a prompt too long is told in an error event with both numbers",
       .script = Chat({SseError("Input does not fit in context length. The input has 31430 tokens, but the "
                                "context length only supports 30000 tokens.")}),
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .line = "The prompt has 31430 tokens and the model is loaded with 30000",
       .has = {{"need_tokens", 31430}, {"have_tokens", 30000}}},
      {.name = "a prompt too long is known without numbers",
       .script = Chat({Plain(
           500,
           R"({"error":{"message":"the request exceeds the available context size. try increasing the context size or enable context shift"}})")}),
       .code = Code::kFailed,
       .error_class = "ContextOverflow",
       .line = "does not fit into the context"},
  };
}

std::vector<Row> Streams() {
  const std::string utf8 = Content("grün ") + Content("日本") + Finish("stop") + Usage() + kDone;
  std::string crlf = ": comment\n\n" + Content("fi") + "event: message\n" + Content("ne") + kDone;
  for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2)
    crlf.replace(at, 1, "\r\n");
  HttpReply unnamed = Good();
  unnamed.headers = {{"Content-Type", "text/plain"}};
  return {
      {.name = "signs of several bytes may be split anywhere",
       .script = Chat({Stream(utf8, 1)}),
       .line = "grün 日本"},
      {.name = "lines may end with CR and LF and be comments", .script = Chat({Stream(crlf, 3)})},
      {.name = "the data of an event may stand on several lines",
       .script =
           Chat({Stream("data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"fine\"}}]}\n\n" + kDone)})},
      {.name = "a stream that is called something else is one", .script = Chat({unnamed})},
      {.name = "an answer that does not stream is taken whole",
       .script = Chat({Plain(
           200, R"({"model":"m","choices":[{"message":{"content":"fine"},"finish_reason":"stop"}]})")})},
      {.name = "the usage may come in a piece without choices",
       .script = Chat({Good()}),
       .has = {{"usage", {{"prompt_tokens", 7}, {"completion_tokens", 3}}}}},
      {.name = "the usage may be missing",
       .script = Chat({Stream(Content("fine") + kDone)}),
       .has = {{"usage", nullptr}}},
      {.name = "a stream that ends without its end was cut",
       .script = Chat({Stream(Content("half"))}),
       .code = Code::kTimeout,
       .error_class = "Truncated",
       .line = "[DONE], did not come"},
      {.name = "a finish reason alone is not the end of a stream",
       .script = Chat({Stream(Content("half") + Finish("stop"))}),
       .code = Code::kTimeout,
       .error_class = "Truncated",
       .line = "[DONE], did not come"},
      {.name = "a connection that is cut is no end of a stream",
       .script = Chat({Stream(Content("half"), 0, Ending::kCut)}),
       .code = Code::kTimeout,
       .error_class = "Truncated",
       .line = "broke off"},
      {.name = "an answer that reached its limit of tokens says so",
       .script = Chat({Stream(Content("fine") + Finish("length") + kDone)}),
       .has = {{"finish", "length"}, {"cut_by", "output"}}},
      {.name = "an answer cut by the end of the context says so",
       .script = Chat({Stream(Content("fine") + Stopped("contextLengthReached") + kDone)}),
       .has = {{"finish", "length"}, {"cut_by", "context"}}},
  };
}

std::vector<Row> Contents() {
  const std::string tool_in_thought = "<think>[TOOL_REQUEST]{}[END_TOOL_REQUEST]</think>fine";
  return {
      {.name = "reasoning may come as reasoning content",
       .script = Chat({Stream(Delta("reasoning_content", "hm") + Content("fine") + kDone)}),
       .has = {{"text", "fine"}, {"reasoning", "hm"}}},
      {.name = "reasoning may come as reasoning",
       .script = Chat({Stream(Delta("reasoning", "hm") + Content("fine") + kDone)}),
       .has = {{"text", "fine"}, {"reasoning", "hm"}}},
      {.name = "reasoning may stand in the text",
       .script = Chat({Stream(Content("<thi") + Content("nk>hm</think>\n\nfine") + kDone)}),
       .has = {{"text", "fine"}, {"reasoning", "hm"}}},
      {.name = "reasoning may begin before the text does",
       .script = Chat({Stream(Content("hm</think>\n") + Content("fine") + kDone)}),
       .has = {{"text", "fine"}, {"reasoning", "hm"}}},
      {.name = "a tool that is called within the reasoning stays there",
       .script = Chat({Stream(Content(tool_in_thought) + kDone)}),
       .has = {{"text", "fine"}}},
      {.name = "an object that came as reasoning is the answer to a schema",
       .script = Chat({Stream(Delta("reasoning_content", "```json\n{\"status\":\"pass\"}\n```") +
                              Finish("stop") + kDone)}),
       .line = R"({"status":"pass"})",
       .log = "the answer came as reasoning",
       .question = kSchema},
      {.name = "reasoning alone for a schema is asked for once more without it",
       .script = Chat({Stream(Delta("reasoning_content", "hm") + Finish("stop") + kDone), Good()}),
       .actions = {"ask", "ask"},
       .log = "asking once more without a schema",
       .question = kSchema},
      {.name = "reasoning alone is no answer",
       .script = Chat({Stream(Delta("reasoning", "hm") + Finish("length") + kDone)}),
       .code = Code::kFailed,
       .error_class = "EmptyAnswer",
       .line = "all it wrote was reasoning. Raise max_tokens"},
      {.name = "nothing is no answer",
       .script = Chat({Stream(Content(" \n") + Finish("stop") + kDone)}),
       .code = Code::kFailed,
       .error_class = "EmptyAnswer",
       .line = "gave an empty answer"},
      {.name = "a tool that is called in six pieces is no answer and named",
       .script = Chat({Stream(ToolCall(0, {{"name", "read_file"}}) + ToolCall(0, {{"arguments", "{\"pa"}}) +
                              ToolCall(0, {{"arguments", "th\":"}}) + ToolCall(0, {{"arguments", "\"a"}}) +
                              ToolCall(0, {{"arguments", ".c\"}"}}) + ToolCall(1, {{"name", "second"}}) +
                              Finish("tool_calls") + kDone)}),
       .code = Code::kFailed,
       .error_class = "EmptyAnswer",
       .line = "called the tool 'read_file', and none was offered"},
      {.name = "a tool call that is malformed beside an answer does no harm",
       .script = Chat({Stream(Data({{"choices", {{{"delta", {{"tool_calls", {7, nullptr}}}}}}}}) +
                              Content("fine") + kDone)})},
      {.name = "an object in a fence is handed on as it is",
       .script = Chat({Stream(Content("```json\n{\"a\":1}\n```") + kDone)}),
       .line = "```json\n{\"a\":1}\n```",
       .question = kSchema},
      {.name = "words behind an object are handed on as they are",
       .script = Chat({Stream(Content("{\"a\":1}\nI hope this helps.") + kDone)}),
       .line = "I hope this helps.",
       .question = kSchema},
      {.name = "another model in the reply is told",
       .script = Chat({Stream(Delta("content", "fine", "other-7b") + kDone)}),
       .has = {{"model", "other-7b"}},
       .log = "asked the model m, answered by other-7b"},
      {.name = "a model that says the same for ever is stopped",
       .script = Chat({Stream(Content("begin ") + Content(Repeated("and again ", 1000)), 0, Ending::kStall)}),
       .code = Code::kTimeout,
       .error_class = "Repetition",
       .line = "says the same again and again: 'and again",
       .settings = {{"idle_timeout_ms", 20'000}}},
      {.name = "a model that thinks the same for ever is stopped",
       .script = Chat({Stream(Delta("reasoning", Repeated("Wait. ", 2000)), 0, Ending::kStall)}),
       .code = Code::kTimeout,
       .error_class = "Repetition",
       .line = "says the same again and again",
       .settings = {{"idle_timeout_ms", 20'000}}},
      {.name = "a long answer is no repetition",
       .script = Chat({Stream(Content(Numbered(2000)) + Content("fine") + kDone)})},
      {.name = "a short table with like rows is no repetition",
       .script = Chat({Stream(Content(Repeated("0, 0, 0,\n", 500)) + Content("fine") + kDone)})},
      {.name = "the call of a tool that is written as text is handed on",
       .script = Chat({Stream(Content("<tool_call>{\"name\":\"x\"}</tool_call>") + kDone)}),
       .line = "<tool_call>"},
  };
}

const bool kErrorsByStatusRows = Register(ErrorsByStatus());
const bool kErrorsWithin200Rows = Register(ErrorsWithin200());
const bool kOverflowingRows = Register(Overflowing());
const bool kStreamsRows = Register(Streams());
const bool kContentsRows = Register(Contents());

}  // namespace
