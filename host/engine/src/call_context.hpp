// What the synchronous services answer for one step: the state as of its start, secrets, artifacts. Used from
// plugin threads.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"
#include "mamc/plugin/calls.hpp"
#include "state_store.hpp"

namespace mamc::engine {

class StepCallContext final : public plugin::CallContext {
 public:
  using SecretSource = std::function<Result<std::string>(std::string_view)>;

  StepCallContext(std::shared_ptr<const StateStore> state, StateStore::Version version, SecretSource secret,
                  std::filesystem::path artifacts_dir)
      : state_(std::move(state)),
        version_(version),
        secret_(std::move(secret)),
        artifacts_dir_(std::move(artifacts_dir)) {}

  Result<std::string> State(std::string_view key) const override {
    Json value = state_->Read(std::string(key), version_);
    if (value.is_null()) return NotFound("state." + std::string(key) + " has no value");
    return Dump(value);
  }

  Result<std::string> Secret(std::string_view name) const override {
    if (!secret_) return NotFound("secret " + std::string(name) + " is not set");
    return secret_(name);
  }

  // Artifacts are files named by their hash, so that any thread may write one and a repetition writes the
  // same.
  Result<std::string> PutArtifact(std::string_view bytes) override {
    if (artifacts_dir_.empty()) return Status(Code::kUnsupported, "this host keeps no artifacts here");
    std::string hash = Sha256(bytes);
    if (Status made = MakeDirectories(artifacts_dir_, 0700); !made.ok()) return made;
    if (!std::filesystem::exists(artifacts_dir_ / hash))
      if (Status written = WriteFile(artifacts_dir_ / hash, bytes, 0600); !written.ok()) return written;
    return "sha256:" + hash;
  }

  Result<std::string> GetArtifact(std::string_view handle) const override {
    std::string hash(handle.starts_with("sha256:") ? handle.substr(7) : std::string_view());
    if (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != std::string::npos)
      return NotFound("no artifact has the handle '" + std::string(handle) + "'");
    return ReadFile(artifacts_dir_ / hash);
  }

 private:
  std::shared_ptr<const StateStore> state_;
  StateStore::Version version_;
  SecretSource secret_;
  std::filesystem::path artifacts_dir_;
};

}  // namespace mamc::engine
