#include "scripts.hpp"

namespace redis_transport::scripts {

// A message that is not pending was acknowledged, given to somebody, or the server lost it with everything
// else. The last is told by a young message that is not in the stream: only old ones are trimmed.
const char* const kExtend = R"lua(
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)
if pending.err then
  if string.find(pending.err, 'NOGROUP', 1, true) then return 'lost' end
  return pending
end
if #pending == 1 then
  if pending[1][2] ~= ARGV[3] then return 'not ours' end
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[2], 'IDLE', 0, 'JUSTID')
  return 'ours'
end
if #redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2]) == 1 then return 'not ours' end
local age = tonumber(redis.call('TIME')[1]) * 1000 - tonumber(string.match(ARGV[2], '^%d+'))
return age < tonumber(ARGV[4]) and 'lost' or 'not ours'
)lua";

const char* const kRelease = R"lua(
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)
if pending.err and not string.find(pending.err, 'NOGROUP', 1, true) then return pending end
if pending.err or #pending == 0 then return 0 end
local idle = ARGV[3] == 'now' and 1000000000 or 0
redis.call('XCLAIM', KEYS[1], ARGV[1], pending[1][2], 0, ARGV[2], 'IDLE', idle, 'JUSTID')
return 1
)lua";

// A list of values that becomes arguments has a limit; what is beyond it is left out and said.
const char* const kBury = R"lua(
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)
if pending.err and not string.find(pending.err, 'NOGROUP', 1, true) then return pending end
if pending.err or #pending == 0 then return 0 end
local letter = {'mamc_id', ARGV[2], 'mamc_group', ARGV[1], 'mamc_reason', ARGV[3], 'mamc_at_ms', ARGV[4]}
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
local fields = entry and entry[2] or {}
for i = 1, math.min(#fields, 6000) do letter[#letter + 1] = fields[i] end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', unpack(letter))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return 1
)lua";

// A letter is never older than its message: the search begins there.
const char* const kDigUp = R"lua(
local from, found, fields = ARGV[1], {}, nil
while true do
  local page = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 200)
  for _, letter in ipairs(page) do
    if letter[2][2] == ARGV[1] then
      found[#found + 1] = letter[1]
      fields = fields or letter[2]
    end
  end
  if #page < 200 then break end
  local ms, number = string.match(page[#page][1], '^(%d+)-(%d+)$')
  from = ms .. '-' .. string.format('%.0f', tonumber(number) + 1)
end
if #found == 0 then return false end
for _, id in ipairs(found) do redis.call('XDEL', KEYS[1], id) end
if ARGV[2] == 'drop' then return '' end
local message = {}
for i = 9, #fields do message[#message + 1] = fields[i] end
if #message == 0 then return '' end
return redis.call('XADD', KEYS[2], '*', unpack(message))
)lua";

const char* const kLease = R"lua(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {0, holder, redis.call('PTTL', KEYS[1])} end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return {1}
)lua";

const char* const kForget = R"lua(
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
  if consumer.name == ARGV[2] and consumer.pending == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
  end
end
return 1
)lua";

// The floor is the lowest of: what any group has pending, what any group has not been given, and what is too
// young.
const char* const kTidy = R"lua(
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then return -1 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local function parts(id)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(number)
end
local function below(a, b)
  local a_ms, a_number = parts(a)
  local b_ms, b_number = parts(b)
  return a_ms < b_ms or (a_ms == b_ms and a_number < b_number)
end
local now = redis.call('TIME')
local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
local floor = string.format('%.0f-0', now_ms - tonumber(ARGV[2]))
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
  for _, flat_consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group.name)) do
    local consumer = {}
    for i = 1, #flat_consumer, 2 do consumer[flat_consumer[i]] = flat_consumer[i + 1] end
    if consumer.pending == 0 and consumer.idle > tonumber(ARGV[3]) then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[1], group.name, consumer.name)
    end
  end
  local kept = group['last-delivered-id']
  if group.pending > 0 then kept = redis.call('XPENDING', KEYS[1], group.name)[2] end
  if below(kept, floor) then floor = kept end
end
if ARGV[4] == 'minid' then return redis.call('XTRIM', KEYS[1], 'MINID', '~', floor, 'LIMIT', 10000) end
local gone = 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', floor, 'COUNT', 1000)) do
  if below(entry[1], floor) then gone = gone + redis.call('XDEL', KEYS[1], entry[1]) end
end
return gone
)lua";

Words Call(const char* script, const std::vector<std::string>& keys,
           const std::vector<std::string>& arguments) {
  Words words = {"EVAL", script, std::to_string(keys.size())};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

}  // namespace redis_transport::scripts
