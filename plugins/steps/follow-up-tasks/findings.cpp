#include "findings.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "mamc/base/diff_paths.hpp"
#include "mamc/base/text.hpp"

namespace follow_ups {
namespace {

constexpr std::size_t kMostTextBytes = 4000;    // of a finding: it becomes part of prompts
constexpr std::size_t kMostReasonBytes = 1000;  // of a review that names none

const Json& Member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string TextOf(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool IsWordPart(unsigned char c) {
  return std::isalnum(c) != 0 || c >= 0x80;
}

Finding FindingOf(const std::string& review, const Json& said, const std::vector<std::string>& files) {
  Finding finding;
  finding.review = review;
  finding.file = mamc::FileMeant(TextOf(said, "file"), files);
  finding.is_in_change = !finding.file.empty();
  if (!finding.is_in_change) finding.file = TextOf(said, "file");
  const Json& line = Member(said, "line");
  if (line.is_number_integer()) finding.line = std::max<std::int64_t>(line.get<std::int64_t>(), 0);
  finding.text = mamc::HeadAndTail(TextOf(said, "text"), kMostTextBytes);
  return finding;
}

bool Passes(const Json& answer) {
  return TextOf(answer, "status") == "pass";
}

// Of a review that does not pass the change and has no blocking finding.
std::string Unsaid(const std::string& review, const Json& answer) {
  if (answer.is_null()) return review + " gave no answer";
  std::string status = TextOf(answer, "status");
  if (status.empty()) status = "nothing";
  std::string why = TextOf(answer, "problem");
  if (why.empty()) why = TextOf(answer, "output");
  return review + " said " + status + " and named no blocking finding" +
         (why.empty() ? "" : ": " + mamc::Gist(why, kMostReasonBytes));
}

}  // namespace

std::string Finding::Place() const {
  return file + (line > 0 ? ":" + std::to_string(line) : "");
}

std::string Finding::Sameness() const {
  std::string same = file;
  std::string word;
  const auto end_word = [&] {
    const bool is_number =
        std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c); });
    if (!is_number) same += "\n" + word;
    word.clear();
  };
  for (const char c : mamc::Lower(text)) {
    if (IsWordPart(static_cast<unsigned char>(c)))
      word += c;
    else
      end_word();
  }
  end_word();
  return same;
}

bool AllPass(const Json& reviews) {
  return std::all_of(reviews.begin(), reviews.end(), Passes);
}

Reviews Read(const Json& reviews, const std::vector<std::string>& files) {
  Reviews read;
  std::set<std::string> seen;
  for (const auto& [name, answer] : reviews.items()) {
    if (Passes(answer)) continue;
    bool blocks = false;
    const Json& findings = Member(Member(answer, "verdict"), "findings");
    for (const Json& said : findings.is_array() ? findings : Json::array()) {
      if (TextOf(said, "severity") != "blocking") continue;
      blocks = true;
      Finding finding = FindingOf(name, said, files);
      if (seen.insert(finding.Sameness()).second) read.findings.push_back(std::move(finding));
    }
    if (!blocks) read.unsaid.push_back(Unsaid(name, answer));
  }
  return read;
}

}  // namespace follow_ups
