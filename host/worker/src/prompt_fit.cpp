#include "prompt_fit.hpp"

#include <algorithm>
#include <numeric>

#include "context_window.hpp"
#include "mamc/base/text.hpp"

namespace mamc::worker {
namespace {

constexpr std::int64_t kTokensAroundMessage = 8;  // of the server's own template
constexpr std::int64_t kTokensAroundPart = 8;     // its heading
constexpr std::int64_t kTokensAroundEntry = 2;    // of a list
constexpr std::int64_t kNoteTokens = 200;
constexpr std::int64_t kLeastOfPart = 150;  // less of a text than this says nothing
constexpr std::size_t kLatestTurns = 2;     // the answer and what was said to it
constexpr std::size_t kNamesInNote = 8;

std::int64_t EstimateMessages(const Json& messages) {
  std::int64_t tokens = kTokensAroundMessage;
  for (const Json& message : messages)
    tokens += kTokensAroundMessage + EstimateTokens(GetString(message, "content"));
  return tokens;
}

std::int64_t EstimatePart(const PromptPart& part) {
  return kTokensAroundPart + EstimateTokens(TextOf(part));
}

// What a part takes in any case.
std::int64_t LeastOf(const PromptPart& part) {
  switch (part.fit) {
    case PromptPart::Fit::kAlways:
      return EstimatePart(part);
    case PromptPart::Fit::kNeeded:
      return std::min(EstimatePart(part), kLeastOfPart);
    default:
      return 0;
  }
}

// The latest entries of a list.
bool ShortenList(PromptPart& part, std::int64_t most_tokens) {
  Json& list = part.value;
  std::int64_t left = most_tokens - kTokensAroundPart - kTokensAroundEntry;
  auto first = list.end();
  while (first != list.begin()) {
    PromptPart entry{.title = "", .name = "", .value = *std::prev(first)};
    left -= EstimateTokens(TextOf(entry)) + kTokensAroundEntry;
    if (left < 0) break;
    --first;
  }
  list.erase(list.begin(), first);
  // What an entry takes within a list is not just what it takes alone.
  while (!list.empty() && EstimatePart(part) > most_tokens) list.erase(list.begin());
  return !list.empty();
}

bool ShortenText(PromptPart& part, std::int64_t most_tokens) {
  const std::string whole = TextOf(part);
  for (std::size_t bytes = whole.size();;) {
    const std::int64_t tokens = EstimatePart(part);
    if (tokens <= most_tokens) return true;
    bytes = std::min(bytes - bytes / 16,
                     bytes * static_cast<std::size_t>(most_tokens) / static_cast<std::size_t>(tokens));
    if (bytes < 64) return false;
    part.value = HeadAndTail(whole, bytes);
  }
}

// False: it is left out as a whole.
bool Shorten(PromptPart& part, std::int64_t most_tokens) {
  if (part.fit == PromptPart::Fit::kWhole || most_tokens < kLeastOfPart) return false;
  return part.value.is_array() ? ShortenList(part, most_tokens) : ShortenText(part, most_tokens);
}

std::string NameOf(const PromptPart& part) {
  return part.name.empty() ? part.title : part.name;
}

// For the model: it must not take what it sees for all that there is.
std::string NoteOn(const Json& left_out) {
  if (left_out.empty()) return {};
  std::string names;
  for (std::size_t i = 0; i < left_out.size() && i < kNamesInNote; ++i)
    names += (i == 0 ? "" : ", ") + GetString(left_out[i], "part") +
             (GetInt(left_out[i], "kept") > 0 ? " (shortened)" : "");
  if (left_out.size() > kNamesInNote)
    names += " and " + std::to_string(left_out.size() - kNamesInNote) + " more";
  return "There was no room for all of it. Left out: " + Gist(names, 400) + "\n\n";
}

class Fitting {
 public:
  Fitting(Prompt prompt, std::int64_t room) : prompt_(std::move(prompt)), left_(room) {}

  std::optional<FittedPrompt> Run() {
    ShortenLatestAnswer(left_ / 3);
    left_ -= SmallestEstimate(prompt_);
    if (left_ < 0) return std::nullopt;
    for (std::size_t index : ByWorth()) Take(index);
    Prompt kept{.system = prompt_.system, .parts = {}, .request = prompt_.request, .turns = prompt_.turns};
    for (auto& part : parts_)
      if (part) kept.parts.push_back(std::move(*part));
    TakeEarlierTurns(kept.turns);
    FittedPrompt fitted;
    fitted.messages = MessagesOf(kept, NoteOn(left_out_));
    fitted.estimate = EstimateMessages(fitted.messages);
    fitted.left_out = std::move(left_out_);
    return fitted;
  }

 private:
  void NoteLeftOut(const std::string& part, std::int64_t tokens, std::int64_t kept) {
    left_out_.push_back({{"part", part}, {"tokens", tokens}, {"kept", kept}});
  }

  // What the model said itself is worth less than what was said to it.
  void ShortenLatestAnswer(std::int64_t most_tokens) {
    Json& turns = prompt_.turns;
    if (turns.size() < kLatestTurns) return;
    Json& answer = turns[turns.size() - kLatestTurns];
    PromptPart part{.title = "", .name = "", .value = GetString(answer, "content")};
    const std::int64_t whole = EstimatePart(part);
    if (whole <= most_tokens || !ShortenText(part, most_tokens)) return;
    answer["content"] = part.value;
    NoteLeftOut("latest answer", whole, EstimatePart(part));
  }

  std::vector<std::size_t> ByWorth() const {
    std::vector<std::size_t> order(prompt_.parts.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return prompt_.parts[a].worth > prompt_.parts[b].worth;
    });
    return order;
  }

  void Take(std::size_t index) {
    PromptPart part = prompt_.parts[index];
    left_ += LeastOf(part);
    const std::int64_t whole = EstimatePart(part);
    const bool fits = whole <= left_;
    const bool is_kept = fits || Shorten(part, left_);
    const std::int64_t kept = is_kept ? EstimatePart(part) : 0;
    left_ -= kept;
    if (!fits) NoteLeftOut(NameOf(part), whole, kept);
    if (is_kept) parts_[index] = std::move(part);
  }

  // The latest ones are there; earlier ones come back as long as there is room, the later first.
  void TakeEarlierTurns(Json& turns) {
    std::size_t first = turns.size() - std::min(kLatestTurns, turns.size());
    const std::size_t all = first;
    while (first > 0) {
      const std::int64_t tokens =
          kTokensAroundMessage + EstimateTokens(GetString(turns[first - 1], "content"));
      if (tokens > left_) break;
      left_ -= tokens;
      --first;
    }
    // An answer without the question before it, or the other way about, misleads.
    if (first % 2 != all % 2) ++first;
    if (first > 0) NoteLeftOut("earlier turns", TokensOfTurns(turns, first), 0);
    turns.erase(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(first));
  }

  static std::int64_t TokensOfTurns(const Json& turns, std::size_t count) {
    std::int64_t tokens = 0;
    for (std::size_t i = 0; i < count; ++i) tokens += EstimateTokens(GetString(turns[i], "content"));
    return tokens;
  }

  Prompt prompt_;
  std::int64_t left_;
  std::vector<std::optional<PromptPart>> parts_ =
      std::vector<std::optional<PromptPart>>(prompt_.parts.size());
  Json left_out_ = Json::array();
};

}  // namespace

std::int64_t SmallestEstimate(const Prompt& prompt) {
  Prompt bare{.system = prompt.system, .parts = {}, .request = prompt.request, .turns = Json::array()};
  const std::size_t turns = prompt.turns.size();
  for (std::size_t i = turns - std::min(kLatestTurns, turns); i < turns; ++i)
    bare.turns.push_back(prompt.turns[i]);
  std::int64_t tokens = EstimateMessages(MessagesOf(bare)) + kNoteTokens;
  for (const PromptPart& part : prompt.parts) tokens += LeastOf(part);
  return tokens;
}

std::optional<FittedPrompt> FitPrompt(const Prompt& prompt, std::optional<std::int64_t> room) {
  FittedPrompt whole;
  whole.messages = MessagesOf(prompt);
  whole.estimate = EstimateMessages(whole.messages);
  if (!room || whole.estimate <= *room) return whole;
  return Fitting(prompt, *room).Run();
}

}  // namespace mamc::worker
