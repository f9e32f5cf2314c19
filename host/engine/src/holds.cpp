#include "holds.hpp"

#include <algorithm>

namespace mamc::engine {
namespace {

bool IsWithin(const std::string& path, const std::string& ancestor) {
  return path.starts_with(ancestor) && (path.size() == ancestor.size() || path[ancestor.size()] == '/');
}

}  // namespace

Result<HoldId> Holds::Acquire(std::string path, workflow::Access access, std::function<void()> granted) {
  bool write = access == workflow::Access::kWrite;
  for (const Entry& entry : entries_)
    if (write && entry.held && !entry.write && IsWithin(path, entry.path))
      return Invalid("step " + path + " writes to the workspace, but runs within " + entry.path +
                     ", which only reads it; give the outer step write access or move the writing step out");
  HoldId id = ++last_id_;
  entries_.push_back({id, std::move(path), write, false, std::move(granted)});
  GrantWaiting();
  return id;
}

void Holds::Release(HoldId hold) {
  if (hold == 0) return;
  std::erase_if(entries_, [hold](const Entry& entry) { return entry.id == hold; });
  GrantWaiting();
}

bool Holds::MayHold(const Entry& wanted) const {
  bool within = false;  // below somebody who holds: those outside have to wait for both
  for (const Entry& entry : entries_)
    if (entry.held && entry.id != wanted.id && IsWithin(wanted.path, entry.path)) within = true;
  for (const Entry& entry : entries_) {
    if (entry.id == wanted.id) continue;
    if (entry.held && IsWithin(wanted.path, entry.path)) continue;
    bool counts = entry.held || (entry.id < wanted.id && !within);
    if (counts && (entry.write || wanted.write)) return false;
  }
  return true;
}

void Holds::GrantWaiting() {
  // A grant may call back into Acquire or Release, so look again from the start after each.
  for (bool again = true; again;) {
    again = false;
    for (Entry& entry : entries_) {
      if (entry.held || !MayHold(entry)) continue;
      entry.held = true;
      auto granted = std::move(entry.granted);
      granted();
      again = true;
      break;
    }
  }
}

}  // namespace mamc::engine
