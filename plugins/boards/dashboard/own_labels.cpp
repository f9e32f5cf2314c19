#include "own_labels.hpp"

#include <algorithm>
#include <cstdint>

namespace dashboard_board {
namespace {

constexpr std::string_view kPrefix = "mamc:";
constexpr std::size_t kOpsKept = 8;

}  // namespace

Json ListOf(const Json& value) {
  if (value.is_array()) return value;
  if (!value.is_string()) return Json::array();
  Json parsed = Json::parse(value.get_ref<const std::string&>(), nullptr, false);
  return parsed.is_array() ? parsed : Json::array();
}

OwnLabels::OwnLabels(const Json& labels) {
  for (const Json& label : ListOf(labels)) {
    if (!label.is_string()) continue;
    const std::string& text = label.get_ref<const std::string&>();
    const std::size_t colon = text.find(':', kPrefix.size());
    if (text.starts_with(kPrefix) && colon != std::string::npos)
      own_[text.substr(kPrefix.size(), colon - kPrefix.size())] = text.substr(colon + 1);
    else
      others_.push_back(text);
  }
}

void OwnLabels::SetOthers(const Json& labels) {
  others_ = labels.get<std::vector<std::string>>();
}

std::string OwnLabels::Get(const std::string& name) const {
  const auto found = own_.find(name);
  return found == own_.end() ? "" : found->second;
}

void OwnLabels::Set(const std::string& name, const std::string& value) {
  if (value.empty())
    own_.erase(name);
  else
    own_[name] = value;
}

bool OwnLabels::HasDone(const std::string& op) const {
  return ("," + Get("ops") + ",").find("," + op + ",") != std::string::npos;
}

void OwnLabels::AddDone(const std::string& op) {
  std::string ops = op;
  std::size_t kept = 1;
  std::string_view before = own_["ops"];
  while (!before.empty() && kept++ < kOpsKept) {
    const std::size_t end = std::min(before.find(','), before.size());
    ops.append(",").append(before.substr(0, end));
    before.remove_prefix(std::min(end + 1, before.size()));
  }
  own_["ops"] = std::move(ops);
}

Json OwnLabels::ToJson() const {
  Json labels = others_;
  for (const auto& [name, value] : own_) labels.push_back(std::string(kPrefix) + name + ":" + value);
  return labels;
}

std::string ReservedLabel(const Json& labels) {
  if (!labels.is_array()) return "";
  for (const Json& label : labels)
    if (label.is_string() && label.get_ref<const std::string&>().starts_with(kPrefix))
      return label.get<std::string>();
  return "";
}

// FNV-1a: equal in every build and on every machine.
std::string OpMark(const std::string& op_id) {
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned char c : op_id) hash = (hash ^ c) * 1099511628211u;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string mark;
  for (int shift = 60; shift >= 0; shift -= 4) mark += kHex[(hash >> shift) & 15];
  return mark;
}

}  // namespace dashboard_board
