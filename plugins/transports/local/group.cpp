#include "group.hpp"

#include "stream.hpp"

namespace local_transport {

void Group::Join(Consumer& consumer, std::int64_t now_ms) {
  UpdateReady(consumer);
  CollectDue(now_ms);
  GiveOut(now_ms);
}

// What it holds stays pending until its time: its worker may still be at it.
void Group::Leave(Consumer& consumer) {
  for (const Position position : consumer.held) pending_.at(position).holder = nullptr;
  consumer.held.clear();
  consumer.gone = true;
  UpdateReady(consumer);
}

std::optional<std::int64_t> Group::Tick(Consumer& consumer, std::int64_t now_ms) {
  consumer.slowed = false;
  UpdateReady(consumer);
  CollectDue(now_ms);
  GiveOut(now_ms);
  if (due_.empty()) return std::nullopt;
  return std::max<std::int64_t>(1, due_.begin()->first - now_ms);
}

void Group::GiveOut(std::int64_t now_ms) {
  while (!consumers_.empty()) {
    const std::optional<Position> position = TakeReady();
    if (!position) return;
    Consumer& consumer = *consumers_.front();
    consumers_.splice(consumers_.end(), consumers_, consumers_.begin());
    if (!GiveOne(consumer, *position, now_ms)) {
      Pending& pending = pending_[*position];
      pending.ready = true;
      ready_.insert(*position);
    }
    UpdateReady(consumer);
  }
}

std::optional<Position> Group::TakeReady() {
  if (!ready_.empty()) {
    const Position position = *ready_.begin();
    ready_.erase(ready_.begin());
    pending_.at(position).ready = false;
    return position;
  }
  if (next_ < stream_.end()) return next_++;
  return std::nullopt;
}

bool Group::GiveOne(Consumer& consumer, Position position, std::int64_t now_ms) {
  Pending& pending = pending_[position];
  const Took took = consumer.outlet.Give(stream_.At(position), pending.delivery + 1);
  if (took == Took::kGone) {
    consumer.gone = true;
    return false;
  }
  ++pending.delivery;
  pending.owner = consumer.name;
  pending.holder = &consumer;
  pending.idle_ms = consumer.idle_ms;
  consumer.held.insert(position);
  consumer.slowed = took == Took::kTakenSlowDown;
  SetDue(position, pending, now_ms + consumer.idle_ms);
  return true;
}

bool Group::Acknowledge(Position position, std::int64_t now_ms) {
  const auto found = pending_.find(position);
  if (found == pending_.end()) return false;
  LetGo(position, found->second);
  pending_.erase(found);
  GiveOut(now_ms);
  return true;
}

bool Group::Extend(Position position, const std::string& consumer, std::int64_t now_ms) {
  const auto found = pending_.find(position);
  if (found == pending_.end() || found->second.ready || found->second.owner != consumer) return false;
  SetDue(position, found->second, now_ms + found->second.idle_ms);
  return true;
}

bool Group::Release(Position position, std::int64_t delay_ms, std::int64_t now_ms) {
  const auto found = pending_.find(position);
  if (found == pending_.end()) return false;
  Pending& pending = found->second;
  LetGo(position, pending);
  SetDue(position, pending, now_ms + delay_ms);
  CollectDue(now_ms);
  GiveOut(now_ms);
  return true;
}

// Nobody holds it and no time is set for it.
void Group::LetGo(Position position, Pending& pending) {
  due_.erase({pending.due_ms, position});
  if (pending.ready) ready_.erase(position);
  pending.ready = false;
  pending.owner.clear();
  if (Consumer* holder = std::exchange(pending.holder, nullptr)) {
    holder->held.erase(position);
    holder->slowed = false;  // the host is working its way through what it was given
    UpdateReady(*holder);
  }
}

void Group::SetDue(Position position, Pending& pending, std::int64_t due_ms) {
  due_.erase({pending.due_ms, position});
  pending.due_ms = due_ms;
  due_.insert({due_ms, position});
}

void Group::CollectDue(std::int64_t now_ms) {
  while (!due_.empty() && due_.begin()->first <= now_ms) {
    const Position position = due_.begin()->second;
    Pending& pending = pending_.at(position);
    LetGo(position, pending);
    pending.ready = true;
    ready_.insert(position);
  }
}

void Group::UpdateReady(Consumer& consumer) {
  const bool should = !consumer.gone && !consumer.slowed && consumer.held.size() < consumer.credit;
  if (should && !consumer.ready) consumer.ready = consumers_.insert(consumers_.end(), &consumer);
  if (!should && consumer.ready) {
    consumers_.erase(*consumer.ready);
    consumer.ready.reset();
  }
}

}  // namespace local_transport
