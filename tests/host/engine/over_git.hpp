#pragma once
#include <memory>
#include <utility>

#include "support/engine_bench.hpp"
#include "support/git_fixture.hpp"

namespace mamc::test {

// A bench whose runs work at a real repository.
inline BenchOptions Over(const GitFixture& git, std::shared_ptr<ScriptedPersonas> personas = nullptr) {
  return {.repo = git.remote().string(),
          .project_base = git.project_base().string(),
          .scripted = std::move(personas)};
}

}  // namespace mamc::test
