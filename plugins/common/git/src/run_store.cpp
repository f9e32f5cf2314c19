// Where runs lie, how they are found, retired and removed.
#include "run_store.hpp"

#include <mamc/abi.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "mamc/base/text.hpp"
#include "mamc/git/run.hpp"

namespace mamc::git {

namespace fs = std::filesystem;
using sdk::Failure;

namespace {

std::string LastSegment(std::string remote) {
  while (!remote.empty() && remote.back() == '/') remote.pop_back();
  if (remote.size() > 4 && remote.compare(remote.size() - 4, 4, ".git") == 0)
    remote.resize(remote.size() - 4);
  std::size_t cut = remote.find_last_of("/:");
  return cut == std::string::npos ? remote : remote.substr(cut + 1);
}

bool IsPlain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

std::string GenerationName(const std::string& safe_id, int generation) {
  return generation == 1 ? safe_id : safe_id + "~" + std::to_string(generation);
}

}  // namespace

std::string SafeName(const std::string& id) {
  if (id.empty()) throw Failure(MAMC_E_INVALID, "the workspace's id is empty");
  std::string name = id.substr(0, 80);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !IsPlain(c); }, '_');
  if (name[0] == '.') name[0] = '_';
  const bool ends_in_lock = name.size() >= 5 && name.compare(name.size() - 5, 5, ".lock") == 0;
  if (name == id && !ends_in_lock && name.find("..") == std::string::npos && name.back() != '.') return name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name + "-" + Sha256Hex(id).substr(0, 8);
}

fs::path RemoteFolder(const fs::path& project_base, const std::string& remote) {
  std::string name = LastSegment(remote).substr(0, 60);
  while (!name.empty() && !IsUtf8(name)) name.pop_back();  // cut within a letter
  std::replace_if(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '/'; }, '_');
  if (name.empty() || name[0] == '.') name = "repo";
  return project_base / (name + "-" + Sha256Hex(remote).substr(0, 8));
}

int LastGeneration(const fs::path& runs, const std::string& id) {
  int generation = 0;
  while (fs::exists(runs / GenerationName(SafeName(id), generation + 1))) ++generation;
  return generation;
}

fs::path GenerationFolder(const fs::path& runs, const std::string& id, int generation) {
  return runs / GenerationName(SafeName(id), generation);
}

std::vector<fs::path> AllRunsFolders(const fs::path& project_base) {
  std::vector<fs::path> found;
  if (!fs::is_directory(project_base)) return found;
  for (const auto& entry : fs::directory_iterator(project_base))
    if (fs::is_directory(entry.path() / "runs")) found.push_back(entry.path() / "runs");
  return found;
}

std::vector<fs::path> RunsFoldersWith(const fs::path& project_base, const std::string& id) {
  std::vector<fs::path> found = AllRunsFolders(project_base);
  std::erase_if(found, [&](const fs::path& runs) { return !fs::exists(runs / SafeName(id)); });
  return found;
}

fs::path LockFileOf(const fs::path& run_folder) {
  fs::path file = run_folder;
  file += ".lock";
  return file;
}

std::string NamesOf(const std::string& id) {
  return "refs/mamc/runs/" + SafeName(id);
}

void SweepNames(const fs::path& mirror, const std::string& id) {
  if (fs::exists(mirror / NamesOf(id))) RemoveStaleLocks(mirror / NamesOf(id));
}

Run Run::Find(sdk::Context& context, const fs::path& project_base, const std::string& id) {
  const std::vector<fs::path> found = RunsFoldersWith(project_base, id);
  if (found.empty())
    throw Failure(MAMC_E_NOT_FOUND,
                  "there is no workspace '" + id + "' under " + project_base.string() + ": prepare it first");
  if (found.size() > 1)
    throw Failure(MAMC_E_INVALID, "two repositories have a workspace '" + id + "': " + found[0].string() +
                                      " and " + found[1].string());
  const fs::path folder = GenerationFolder(found[0], id, LastGeneration(found[0], id));
  if (fs::exists(folder / "retired"))
    throw Failure(MAMC_E_STALE, "the workspace '" + id + "' is retired: prepare it with fresh: true");
  return OpenFolder(context, folder);
}

void Run::Retire(sdk::Context& context, const fs::path& project_base, const std::string& id) {
  for (const fs::path& runs : RunsFoldersWith(project_base, id)) {
    const fs::path folder = GenerationFolder(runs, id, LastGeneration(runs, id));
    std::ofstream mark(folder / "retired");
    if (!mark) throw Failure(MAMC_E_FAILED, "cannot write " + (folder / "retired").string());
    context.Log(MAMC_LOG_INFO, "workspace '" + id + "' is retired: " + folder.string());
  }
}

namespace {

// The commits that a run made keep their name. REQUIRES: the caller holds the run's lock.
void RemoveNames(const fs::path& mirror, const std::string& id) {
  if (!fs::exists(mirror)) return;
  SweepNames(mirror, id);
  for (const char* kind : {"/tree", "/seen"}) Repo::OpenBare(mirror).RemoveRef(NamesOf(id) + kind);
}

}  // namespace

// Each folder is renamed before it is emptied, so that a half-removed one is never taken for a workspace. The
// newest goes first and the plain id last, with the names of what it made: a removal that was interrupted
// finds the rest.
void Run::Remove(sdk::Context& context, const fs::path& project_base, const std::string& id) {
  for (const fs::path& runs : AllRunsFolders(project_base)) {
    const std::string trash_name = ".removed-" + SafeName(id);
    for (int generation = LastGeneration(runs, id); generation > 0; --generation) {
      const fs::path folder = GenerationFolder(runs, id, generation);
      FileLock lock(LockFileOf(folder), [&] { return context.cancelled(); });
      if (generation == 1) RemoveNames(runs.parent_path() / "mirror.git", id);
      fs::remove_all(runs / trash_name);
      fs::rename(folder, runs / trash_name);
      fs::remove(LockFileOf(folder));  // whoever waits for it finds it gone and makes another
    }
    fs::remove_all(runs / trash_name);
  }
}

}  // namespace mamc::git
