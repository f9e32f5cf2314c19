// What a plugin says about itself, read from the section .mamc.manifest without running its code. docs/abi.md
// has the format.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/base/status.hpp"
#include "mamc/schema/schema.hpp"

namespace mamc::plugin {

enum class Kind { kStep, kBackend, kTransport, kBoard, kWorkspace };
std::string_view KindName(Kind kind);    // "step"
std::string_view KindFolder(Kind kind);  // "steps", "personas", "transports", "boards", "workspaces"
std::string_view FactoryId(Kind kind);   // "mamc.step/1"
Result<Kind> ParseKind(std::string_view name);

enum class CallClass { kInline, kDefault, kBlocking };
enum class Access { kNone, kRead, kWrite, kChildren };
enum class AfterInterruption { kFail, kRerun, kLookup };

struct TypeManifest {
  Kind kind;
  std::string id;     // "git-operation", "acme.lint"
  std::string title;  // one line for people
  CallClass call_class = CallClass::kDefault;
  bool concurrent = false;
  bool composite = false;
  Access access = Access::kNone;
  AfterInterruption after_interruption = AfterInterruption::kFail;
  std::shared_ptr<const schema::Schema> params;    // steps only; never null
  std::shared_ptr<const schema::Schema> result;    // steps only; never null
  std::shared_ptr<const schema::Schema> settings;  // never null
  std::vector<std::string> state_keys;
  std::vector<std::string> step_lists;
  std::vector<std::string> independent_lists;  // of step_lists: those whose steps wait for none of their own
  std::vector<std::string>
      state_params;  // object parameters whose keys are state keys (set-variables' `variables`)
  std::vector<std::string> expressions;   // bare expressions (conditional's `condition`)
  std::vector<std::string> shell_params;  // shell texts: interpolated values travel as environment variables
  std::vector<std::string> secrets;
  std::int64_t cancel_grace_ms = 5000;
};

struct Manifest {
  std::string id;       // "steps/git-operation": the kind's folder and the file's name
  std::string version;  // "1.2.0"
  std::string title;
  std::string license;
  std::uint32_t abi_major = 0;
  std::uint32_t min_host_minor = 0;
  std::vector<TypeManifest> types;  // their schemas share the document
  std::shared_ptr<const Json> document;
};

// Unknown keys, kinds, classes and schema keywords are refused; all problems in one message.
Result<Manifest> ParseManifest(std::string_view text);

}  // namespace mamc::plugin
