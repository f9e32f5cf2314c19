#include "tested.hpp"

#include <mamc/abi.h>

#include <algorithm>

#include "mamc/notes/failure_digest.hpp"
#include "mamc/notes/test_report.hpp"

namespace qa {

using mamc::notes::ReadTestReport;
using mamc::notes::TestReport;
using mamc::sdk::Failure;

namespace {

constexpr std::size_t kMostStrangers = 5;

// "600" and "0.5": the digest takes times out, but not what is part of a word ("600-second").
std::string Seconds(std::int64_t ms) {
  std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(ms / 1000) + (fraction.empty() ? "" : "." + fraction);
}

std::string HeadAndTail(const std::string& text) {
  constexpr std::size_t kMostBytes = 128 << 10;
  if (text.size() <= kMostBytes) return text;
  const std::size_t head = text.rfind('\n', kMostBytes / 2),
                    tail = text.find('\n', text.size() - kMostBytes / 2);
  const bool has_lines = head != std::string::npos && tail != std::string::npos;
  if (!has_lines) return "[one line of " + std::to_string(text.size()) + " bytes]";
  return text.substr(0, head) + "\n[... " + std::to_string(tail - head) + " bytes left out ...]" +
         text.substr(tail);
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostStrangers); ++i)
    text += (text.empty() ? "" : ", ") + names[i];
  return names.size() <= kMostStrangers
             ? text
             : text + " and " + std::to_string(names.size() - kMostStrangers) + " more";
}

}  // namespace

std::string Text(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool TimedOut(const Json& answer) {
  const auto timed_out = answer.find("timed_out");
  return timed_out != answer.end() && timed_out->is_boolean() && timed_out->get<bool>();
}

bool Passed(const std::string& tester, const Json& answer) {
  if (TimedOut(answer)) return false;
  const auto exit_code = answer.find("exit_code");
  if (exit_code == answer.end() || !exit_code->is_number_integer())
    throw Failure(MAMC_E_INVALID,
                  tester + " ran no test: its answer has no exit code. Its work needs a step that runs " +
                      "request.payload.test_command, as that of qa-engineer does, and that nothing skips");
  return exit_code->get<std::int64_t>() == 0;
}

std::string FailureOf(const Json& answer, const std::string& workspace_path) {
  const std::string output = Text(answer, "output");
  if (!TimedOut(answer)) return mamc::notes::FailureDigest(output, workspace_path);
  const auto limit = answer.find("timeout_ms");
  const bool known = limit != answer.end() && limit->is_number_integer() && limit->get<std::int64_t>() > 0;
  std::string sentence = "The tests did not end within their " +
                         (known ? Seconds(limit->get<std::int64_t>()) + "-second limit" : "time limit") +
                         " and were stopped: something does not end, or waits for what never comes; ";
  sentence += output.empty() ? "they had written nothing." : "last output:\n";
  return sentence +
         mamc::notes::FailureDigest(output, workspace_path, mamc::notes::kMaxDigestBytes - sentence.size());
}

std::string OutputForLog(const Json& answer) {
  return (TimedOut(answer) ? "[stopped: the time of the tests was over]\n" : "") +
         HeadAndTail(Text(answer, "output"));
}

bool NamesFailures(const Json& answer) {
  if (TimedOut(answer)) return false;
  const TestReport report = ReadTestReport(Text(answer, "output"));
  return report.is_whole && !report.is_broken;
}

std::set<std::string> OnlyInherited(const Json& answer, const Json& at_base) {
  if (!NamesFailures(answer) || !NamesFailures(at_base)) return {};
  const std::multiset<std::string> now = ReadTestReport(Text(answer, "output")).failed;
  const std::multiset<std::string> before = ReadTestReport(Text(at_base, "output")).failed;
  if (!std::includes(before.begin(), before.end(), now.begin(), now.end())) return {};
  return {now.begin(), now.end()};
}

std::string WrongReason(const Json& answer, const Json& at_base, const std::vector<std::string>& added) {
  const std::string output = Text(answer, "output");
  const TestReport report = ReadTestReport(output);
  if (TimedOut(answer)) return "the tests did not end; the new ones must fail by themselves";
  if (report.is_broken)
    return "the tests do not fail for what is missing, they cannot be built or loaded: write what they call, "
           "with bodies that only report failure";
  // Of a form that is not known: what the base has not said a word of.
  const std::string before = Text(at_base, "output");
  const auto is_added = [&](const std::string& failed) {
    if (added.empty()) return before.find(failed) == std::string::npos;
    return std::any_of(added.begin(), added.end(),
                       [&](const std::string& name) { return failed.find(name) != std::string::npos; });
  };
  if (report.failed.empty() && added.empty())
    return "the change brings no test of a form that is known, and the output names no test that fails: name "
           "it "
           "as the tests around it are named, and have their runner name what fails";
  if (report.failed.empty()) {
    if (is_added(output)) return {};
    return "the tests fail, and their output names none of the new ones (" + Joined(added) +
           "): what fails is something else, or the runner does not say";
  }
  const std::multiset<std::string> inherited = ReadTestReport(Text(at_base, "output")).failed;
  std::vector<std::string> strangers;
  std::copy_if(report.failed.begin(), report.failed.end(), std::back_inserter(strangers),
               [&](const std::string& failed) { return !is_added(failed) && !inherited.contains(failed); });
  if (std::none_of(report.failed.begin(), report.failed.end(), is_added))
    return "none of the new tests (" + Joined(added) + ") fails" +
           (strangers.empty() ? "" : ", but others do: " + Joined(strangers));
  if (!strangers.empty()) return "besides the new tests others fail that must pass: " + Joined(strangers);
  return {};
}

}  // namespace qa
