// What a model is asked: a stable beginning (system prompt, task, context, plan) and the volatile rest last,
// so that a server's prefix cache helps. No run id, time or absolute path gets in, so that equal work gives
// equal messages.
#pragma once
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/workflow/loader.hpp"
#include "mentioned_files.hpp"

namespace mamc::worker {

// A piece of the user message with what it is worth where not all of it fits.
struct PromptPart {
  enum class Fit {
    kAlways,     // without all of it there is no question
    kNeeded,     // nor without some of it
    kShortened,  // head and tail, or the latest entries of a list, are better than nothing
    kWhole,      // a part of it misleads: a file
  };
  std::string title;  // of its section; neighbours of the same title share it
  std::string name;   // as people are told that it was left out; empty: the title
  Json value;         // text as it is, anything else as JSON
  Fit fit = Fit::kShortened;
  int worth = 0;  // of two parts the one with less goes first
};

struct Prompt {
  std::string system;
  std::vector<PromptPart> parts;  // in the order of the message
  std::string request;            // the message's last lines
  Json turns = Json::array();     // earlier answers and what was said to them; the last two count
};

// `request` is {intent, payload, ...}. `input` is that of model.ask: instructions, files, history.
Prompt ComposePrompt(const workflow::Persona& persona, const Json& request, const Json& input,
                     const std::vector<PromptFile>& files);
// As a backend is asked. `note` stands before the request; empty: nothing does.
Json MessagesOf(const Prompt& prompt, const std::string& note = "");

std::string TextOf(const PromptPart& part);

}  // namespace mamc::worker
