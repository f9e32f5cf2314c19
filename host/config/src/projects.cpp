#include "projects.hpp"

#include <array>

#include "mamc/base/address.hpp"
#include "mamc/base/text.hpp"
#include "values.hpp"

namespace mamc::config {
namespace {

constexpr std::string_view kSection = "projects";

// `host:path` with no slash before the colon is a remote as git understands it.
bool IsRemote(std::string_view repo) {
  if (repo.find("://") != std::string_view::npos) return true;
  std::size_t colon = repo.find(':');
  return colon != std::string_view::npos && repo.substr(0, colon).find('/') == std::string_view::npos;
}

class ProjectReader {
 public:
  ProjectReader(const Document& document, const std::string& id, std::vector<std::string>* problems)
      : document_(document), id_(id), object_(document.root()[kSection][id]), problems_(problems) {
    project_.id = id;
  }

  Project Read(const std::filesystem::path& base, const std::filesystem::path& home) {
    Text("name", &project_.name);
    Text("repo", &project_.repo);
    Text("base", &project_.base);
    Text("test", &project_.test);
    Text("workflow", &project_.workflow);
    Switch("base_writes", &project_.base_writes);
    Switch("test_network", &project_.test_network);
    TextsOf("protected", &project_.protected_files);
    ReadInherited();
    OnOrOff("ma", &project_.ma);
    Text("ma_branch", &project_.ma_branch);
    ReadMerge();
    RefuseUnknown();

    if (project_.name.empty()) project_.name = id_;
    if (!project_.repo.empty() && !IsRemote(project_.repo)) {
      project_.repo = ResolvePath(project_.repo, base, home).string();
    }
    if (HoldsPassword(project_.repo)) Problem("repo", kHoldsPassword);
    return std::move(project_);
  }

 private:
  void Problem(std::string_view key, const std::string& message) {
    std::string name = std::string(kSection) + "." + id_ + "." + std::string(key);
    problems_->push_back(document_.PlaceOf({std::string(kSection), id_, std::string(key)}) + ": " + name +
                         " " + message);
  }

  const Json* Find(std::string_view key) {
    known_.emplace_back(key);
    auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  void Text(std::string_view key, std::string* field) {
    const Json* value = Find(key);
    if (!value) return;
    if (!value->is_string()) return Problem(key, "must be text, not " + Quoted(*value));
    *field = value->get<std::string>();
  }

  void Switch(std::string_view key, bool* field) {
    const Json* value = Find(key);
    if (!value) return;
    if (!value->is_boolean()) return Problem(key, "must be true or false, not " + Quoted(*value));
    *field = value->get<bool>();
  }

  void TextsOf(std::string_view key, std::vector<std::string>* field) {
    const Json* value = Find(key);
    if (!value) return;
    const bool is_list = value->is_array() && std::all_of(value->begin(), value->end(), [](const Json& item) {
                           return item.is_string() && !item.get_ref<const std::string&>().empty();
                         });
    if (!is_list)
      return Problem(key, "must be a list of texts such as [LICENSE, \"db/**\"], not " + Quoted(*value));
    *field = value->get<std::vector<std::string>>();
  }

  // In YAML 1.2 these are texts.
  void OnOrOff(std::string_view key, bool* field) {
    const Json* value = Find(key);
    if (!value) return;
    const bool is_on = *value == "on" || *value == true;
    if (!is_on && *value != "off" && *value != false)
      return Problem(key, "must be on or off, not " + Quoted(*value));
    *field = is_on;
  }

  // Whoever allows writes to the base and says no more wants one commit per task.
  void ReadMerge() {
    std::string text;
    Text("merge", &text);
    if (text.empty()) {
      project_.merge = project_.base_writes ? Merge::kSquash : Merge::kBranch;
      return;
    }
    for (Merge merge : {Merge::kBranch, Merge::kSquash, Merge::kMerge}) {
      if (text != MergeName(merge)) continue;
      project_.merge = merge;
      if (merge != Merge::kBranch && !project_.base_writes) {
        Problem("merge",
                "is " + text +
                    ", which writes to the base branch: say `base_writes: true` as well, or `merge: branch`");
      }
      return;
    }
    Problem("merge", "must be one of: branch, squash, merge, not '" + text + "'" +
                         DidYouMean(text, {"branch", "squash", "merge"}));
  }

  void ReadInherited() {
    std::string text = "count";
    Text("inherited_failures", &text);
    project_.inherited_count = text == "count";
    if (text != "count" && text != "report")
      Problem("inherited_failures",
              "must be count or report, not '" + text + "'" + DidYouMean(text, {"count", "report"}));
  }

  void RefuseUnknown() {
    for (const auto& [key, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      problems_->push_back(document_.KeyPlaceOf({std::string(kSection), id_, key}) + ": unknown key '" + key +
                           "' in project '" + id_ + "'" + DidYouMean(key, known_));
    }
  }

  const Document& document_;
  const std::string& id_;
  const Json& object_;
  std::vector<std::string>* problems_;
  std::vector<std::string> known_;
  Project project_;
};

}  // namespace

void ReadProjects(const Document& document, const std::filesystem::path& base,
                  const std::filesystem::path& home, Config* config, std::vector<std::string>* problems) {
  const Json& projects = GetMember(document.root(), kSection);
  if (projects.is_null()) return;
  if (!projects.is_object()) {
    problems->push_back(document.PlaceOf({std::string(kSection)}) +
                        ": projects must hold one entry per project id");
    return;
  }
  for (const auto& [id, project] : projects.items()) {
    std::string place = document.PlaceOf({std::string(kSection), id});
    if (!IsId(id)) {
      problems->push_back(place + ": a project's id has letters, digits, '.', '-' and '_', unlike " +
                          Quoted(id));
    } else if (!project.is_object()) {
      problems->push_back(place + ": projects." + id + " must hold keys such as `repo`");
    } else {
      config->projects[id] = ProjectReader(document, id, problems).Read(base, home);
    }
  }
}

}  // namespace mamc::config
