// What a plugin's author derives from: one class per type, one object per settings, many calls.
//
// Thread rule: calls of one object never overlap unless the manifest says `concurrent`. A call of an `inline`
// or default type runs on one thread, suspended while it awaits a child; a call of a `blocking` type runs to
// its end on a thread of its own. A constructor takes `const Json& settings`, valid by the type's settings
// schema, and may throw Failure.
#pragma once
#include <mamc/step.h>

#include <mamc/cpp/context.hpp>
#include <string>
#include <utility>

namespace mamc::sdk {

class Type {
 public:
  Type() = default;
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;
  virtual ~Type() = default;
  // Serves one call; context.verb() says which verb. The context outlives the coroutine.
  virtual Task<Json> Call(Context& context, Json input) = 0;
};

// A type of the kind `step`, which has the one verb RUN.
class Step : public Type {
 public:
  Task<Json> Call(Context& context, Json input) final {
    if (context.verb() != MAMC_STEP_RUN)
      throw Failure(MAMC_E_UNSUPPORTED, "a step has no verb " + std::to_string(context.verb()));
    return Run(context, std::move(input));
  }
  // `input` is the object that mamc/step.h describes.
  virtual Task<Json> Run(Context& context, Json input) = 0;
};

}  // namespace mamc::sdk

#include <mamc/cpp/call_impl.hpp>
