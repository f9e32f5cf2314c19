// `edit apply` and `edit explain`: a model's answer on a folder of the user's, without configuration, plugins
// or state.
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "commands.hpp"
#include "mamc/base/files.hpp"
#include "mamc/base/json.hpp"
#include "mamc/cli/table.hpp"
#include "mamc/edit/apply.hpp"
#include "mamc/edit/report_json.hpp"
#include "standard_input.hpp"

namespace mamc::cli {
namespace {

// A person's own folder: large files are no accident.
constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;
constexpr std::size_t kMaxTotalBytes = std::size_t{1} << 30;
constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 20;

struct EditOptions {
  std::string file;
  std::string root = ".";
  std::string finish_reason;
  std::vector<std::string> allow;
  bool json = false;
};

edit::Policy PolicyOf(const EditOptions& options) {
  edit::Policy policy;
  policy.max_file_bytes = kMaxFileBytes;
  policy.max_total_bytes = kMaxTotalBytes;
  auto allows = [&](const char* kind) {
    return std::find(options.allow.begin(), options.allow.end(), kind) != options.allow.end();
  };
  policy.allow_ci = allows("ci");
  policy.allow_hooks = allows("hooks");
  policy.allow_secrets = allows("secrets");
  policy.allow_install = allows("install");
  return policy;
}

void PrintPlaces(Session& session, const edit::Report& report) {
  Table table({"ANSWER", "PATH", "LINE", "FOUND", "PRICE"});
  for (const edit::Fitted& each : report.fitted) {
    char price[32];
    std::snprintf(price, sizeof price, "%.2f", each.price);
    table.Add({std::to_string(each.line), Printable(each.path),
               each.place == 0 ? "-" : std::to_string(each.place), std::string(edit::GradeName(each.grade)),
               price});
  }
  table.Print(session.out);
}

void TellRecovered(Session& session, const edit::Report& report) {
  if (report.recovered.empty()) return;
  session.err << "An edit of this folder that was interrupted before was completed first:\n";
  for (const edit::Applied& each : report.recovered)
    session.err << "  " << edit::ActionName(each.action) << ' ' << Printable(each.path) << '\n';
}

void PrintApplied(Session& session, const edit::Report& report) {
  for (const edit::Applied& each : report.applied)
    session.out << edit::ActionName(each.action) << ' ' << Printable(each.path) << '\n';
}

// It quotes files and answers, which may hold what a terminal obeys.
void PrintFeedback(Session& session, const std::string& feedback) {
  for (std::size_t at = 0; at < feedback.size();) {
    const std::size_t end = std::min(feedback.find_first_of("\t\n", at), feedback.size());
    session.err << Printable(feedback.substr(at, end - at)) << feedback.substr(end, 1);
    at = end + 1;
  }
}

Json JsonOf(const edit::Report& report, bool write) {
  if (!report.ok()) return edit::RefusalJson(report);
  Json json = edit::AppliedJson(report);
  if (write) return json;
  json["would_apply"] = std::move(json["applied"]);
  json.erase("applied");
  return json;
}

Exit Run(Session& session, const EditOptions& options, bool write) {
  Result<std::string> text =
      options.file == "-" ? ReadStandardInput(kMaxAnswerBytes) : ReadFile(options.file, kMaxAnswerBytes);
  if (!text.ok()) return session.Fail(kWrongUse, text.status().message());
  if (std::error_code error;
      std::filesystem::exists(options.root, error) && !std::filesystem::is_directory(options.root, error))
    return session.Fail(kWrongUse, options.root + " is no folder; --root names the one to change");
  const edit::Answer answer = edit::ParseAnswer(*text, edit::FinishOf(options.finish_reason));
  const edit::Policy policy = PolicyOf(options);
  Result<edit::Report> report =
      write ? edit::Apply(answer, options.root, policy) : edit::Explain(answer, options.root, policy);
  if (!report.ok()) {
    if (options.json) PrintJson(session.out, {{"error", report.status().message()}});
    return session.Fail(report.status());
  }
  TellRecovered(session, *report);
  if (write && report->ok())
    session.done_anyway = "the edits are applied, but standard output could not be written to list them";
  if (options.json) {
    PrintJson(session.out, JsonOf(*report, write));
    return report->ok() ? kDone : kWorkFailed;
  }
  if (!write) PrintPlaces(session, *report);
  if (write && report->ok()) PrintApplied(session, *report);
  if (!report->ok()) PrintFeedback(session, report->feedback);
  return report->ok() ? kDone : kWorkFailed;
}

Exit RunApply(Session& session, const EditOptions& options) {
  return Run(session, options, true);
}

Exit RunExplain(Session& session, const EditOptions& options) {
  return Run(session, options, false);
}

void Add(CommandLine& line, CLI::App& group, const char* name, const char* description,
         Exit (*run)(Session&, const EditOptions&)) {
  auto options = std::make_shared<EditOptions>();
  CLI::App* command = AddCommand(line, group, name, description, options, run);
  command->add_option("file", options->file, "The model's answer; - reads standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--root", options->root, "The folder to change instead of this one")->type_name("DIR");
  AddRepeatable(command, "--allow", options->allow,
                "Kinds of files that are refused otherwise; may be repeated")
      ->type_name("KIND")
      ->check(CLI::IsMember({"ci", "hooks", "secrets", "install"}));
  command
      ->add_option("--finish-reason", options->finish_reason,
                   "Why the model stopped; all but `stop` and words like it refuse the answer")
      ->type_name("WORD");
  AddJsonFlag(command, &options->json);
}

}  // namespace

void AddEditCommands(CommandLine& line, CLI::App& group) {
  Add(line, group, "apply", "Apply the edits of a model's answer to a folder, all or none", RunApply);
  Add(line, group, "explain", "Tell where each edit of a model's answer would go, and why not", RunExplain);
}

}  // namespace mamc::cli
