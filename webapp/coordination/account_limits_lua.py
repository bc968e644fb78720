"""Lua scripts of `account_limits`: take a slot for one call, and give it back."""

from __future__ import annotations

from webapp.coordination.lua_clock import NOW
from webapp.core.limits.account_pressure import LEAST_SHARE, LONGEST_WISH, START
from webapp.core.limits.pace import BURST_SHARE

WINDOW = 60.5
"""Seconds in which no more calls begin than the rate allows in a minute. Half a second longer, since calls reach the
provider a little later than they take their slot, some more and some less."""

ASK_AGAIN = 0.1
"""Seconds to wait for what has no known time: a slot to be freed, or a turn."""

AWAITED = 0.3
"""Seconds around the end of its wait for which a project's turn is kept."""

KEPT = 30 * 86_400
"""Seconds for which Redis keeps an account or a key that is not used."""

# KEYS, five for each access: account, slots, window, turns, key.
# ARGV: time, slot, project, calls a minute ("" for no limit), most in flight, seconds the slot is held.
# Returns {'access', its place in KEYS} or {'busy', why, seconds or ""}.
#
# account  hash: state, reason; cool: end of the silence; limit, share, pressure: see core/limits/account_pressure.py;
# tokens as of `at`;          turn: how many calls got a slot; most, rate: of the last call
# slots    hash: slot → end of its lease, project, key
# window   sorted set: the slots taken, by time
# turns    hash: project → from when and until when it is awaited, the number of its last turn
# key      hash: state, reason; used: when last
TAKE = (
    NOW
    + f"""
local WINDOW, ASK_AGAIN, AWAITED, KEPT = {WINDOW}, {ASK_AGAIN}, {AWAITED}, {KEPT}
local BURST_SHARE, LEAST_SHARE, START, LONGEST_WISH = {BURST_SHARE}, {LEAST_SHARE}, {START}, {LONGEST_WISH}
"""
    + """
local slot, project, rate, most, ttl = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local EPSILON = 1e-6

local function in_flight(slots)
  local held, total, all = {}, 0, redis.call('HGETALL', slots)
  for i = 1, #all, 2 do
    local ends, owner = string.match(all[i + 1], '^(%d+%.%d+) (%S+) ')
    if ends and tonumber(ends) > now then
      held[owner], total = (held[owner] or 0) + 1, total + 1
    else
      redis.call('HDEL', slots, all[i])
    end
  end
  return held, total
end

local function turn(turns, name)
  local from, to, last = string.match(redis.call('HGET', turns, name) or '', '^(%d+%.%d+) (%d+%.%d+) (%d+)$')
  return tonumber(from or 0), tonumber(to or 0), tonumber(last or 0)
end

-- How many of the projects that are awaited go before this one: those with fewer calls in flight, among equals those
-- whose last turn is longer ago.
local function ahead(turns, held)
  local count, ours, _, _, mine = 0, held[project] or 0, turn(turns, project)
  for _, other in ipairs(redis.call('HKEYS', turns)) do
    local from, to, last = turn(turns, other)
    local theirs = held[other] or 0
    if other ~= project and from <= now and now < to then
      if theirs < ours or (theirs == ours and (last < mine or (last == mine and other < project))) then
        count = count + 1
      end
    elseif to + 600 < now then
      redis.call('HDEL', turns, other)
    end
  end
  return count
end

local function fill(tokens, pace, seconds, brim)
  return math.min(brim, tokens + math.max(0, seconds) * pace / 60)
end

local function tokens_of(account, pace)
  local burst = math.max(1, pace * BURST_SHARE)
  local tokens = tonumber(redis.call('HGET', account, 'tokens') or '') or burst
  local at, cooled = number(account, 'at', 0), number(account, 'cool', 0)
  if not (tokens >= -1 and tokens <= burst) then tokens = burst end
  if at > now + 60 then at = now - 60 end -- the clock was set back
  if at < cooled then -- no burst out of a silence
    tokens, at = fill(tokens, pace, cooled - at, 1), cooled
  end
  return fill(tokens, pace, now - at, burst)
end

-- How long until the window has room for one more call, and for how many it has room now.
local function room_in(window, allowed)
  redis.call('ZREMRANGEBYSCORE', window, '-inf', exact(now - WINDOW))
  redis.call('ZREMRANGEBYSCORE', window, exact(now + WINDOW), '+inf')
  local count = redis.call('ZCARD', window)
  if count < allowed then return 0, allowed - count end
  local leaver = redis.call('ZRANGE', window, count - allowed, count - allowed, 'WITHSCORES')
  return tonumber(leaver[2]) + WINDOW - now, 0
end

local function look(i)
  local account, key = KEYS[i], KEYS[i + 4]
  for _, name in ipairs({key, account}) do
    local state = redis.call('HGET', name, 'state')
    if state == 'spent' or state == 'refused' then return {why = state} end
  end
  local cool = number(account, 'cool', 0)
  if cool > now + LONGEST_WISH + 1 then cool = 0 end -- the clock was set back, or an earlier version waited longer
  if cool > now then return {why = 'cooling', wait = cool - now} end
  local held, total = in_flight(KEYS[i + 1])
  local free, tokens = math.min(most, math.max(1, number(account, 'limit', START))) - total, nil
  if rate then
    local pace = rate * math.max(LEAST_SHARE, math.min(1, number(account, 'share', 1)))
    tokens = tokens_of(account, pace)
    local wait, room = room_in(KEYS[i + 2], math.ceil(pace))
    if tokens < 1 - EPSILON then wait = math.max(wait, (1 - tokens) * 60 / pace) end
    if wait > 0 then return {why = 'rate', wait = wait} end
    free = math.min(free, math.floor(tokens + EPSILON), room)
  end
  if free < 1 then return {why = 'full', wait = ASK_AGAIN} end
  if ahead(KEYS[i + 3], held) >= free then return {why = 'turn', wait = ASK_AGAIN} end
  return {at = i, tokens = tokens, room = tokens or free, used = number(key, 'used', 0)}
end

for i = 1, #KEYS, 5 do -- taken before, and the reply got lost
  local ends, key = string.match(redis.call('HGET', KEYS[i + 1], slot) or '', '^(%d+%.%d+) %S+ (%S+)$')
  if ends and tonumber(ends) > now and key == KEYS[i + 4] then return {'access', i} end
end

local best, busy = nil, nil
for i = 1, #KEYS, 5 do
  local found = look(i)
  if not found.at then
    if not busy or (found.wait or math.huge) < (busy.wait or math.huge) then busy = found end
  elseif not best or found.room > best.room or (found.room == best.room and found.used < best.used) then
    best = found
  end
end

local function await(turns, from, to)
  local _, _, last = turn(turns, project)
  redis.call('HSET', turns, project, exact(from) .. ' ' .. exact(to) .. ' ' .. last)
  redis.call('EXPIRE', turns, KEPT)
end

if not best then
  if not busy.wait then return {'busy', busy.why, ''} end
  for i = 1, #KEYS, 5 do
    await(KEYS[i + 3], now + math.max(0, busy.wait - AWAITED), now + busy.wait + AWAITED)
  end
  return {'busy', busy.why, exact(math.max(busy.wait, 2 * EPSILON))} -- never a wait that ends before it began
end

for i = 1, #KEYS, 5 do -- it waits nowhere any more
  if redis.call('HEXISTS', KEYS[i + 3], project) == 1 then await(KEYS[i + 3], now, now) end
end
local account, slots, window, turns, key = unpack(KEYS, best.at, best.at + 4)
local number_of_turn = redis.call('HINCRBY', account, 'turn', 1)
redis.call('HSET', turns, project, exact(now) .. ' ' .. exact(now) .. ' ' .. number_of_turn)
redis.call('HSET', slots, slot, exact(now + ttl) .. ' ' .. project .. ' ' .. key)
redis.call('HSET', account, 'most', ARGV[5], 'rate', ARGV[4])
redis.call('HSET', key, 'used', exact(now))
if best.tokens then
  redis.call('HSET', account, 'tokens', exact(best.tokens - 1), 'at', exact(now))
  redis.call('ZADD', window, exact(now), slot)
end
for _, name in ipairs({account, slots, window, turns, key}) do redis.call('EXPIRE', name, KEPT) end
return {'access', best.at}
"""
)

# KEYS: account, slots, window.
# ARGV: slot, 1 to change the pressure, the pressure as it was read, the new one, its limit, its share, end of the
# silence, 1 when nothing was sent, seconds to keep.
# Returns 0, having done nothing, when another outcome came in between.
GIVE_BACK = """
local account, slots, window = KEYS[1], KEYS[2], KEYS[3]
if ARGV[2] == '1' then
  if (redis.call('HGET', account, 'pressure') or '') ~= ARGV[3] then return 0 end
  redis.call('HSET', account, 'pressure', ARGV[4], 'limit', ARGV[5], 'share', ARGV[6])
  local cool = tonumber(redis.call('HGET', account, 'cool') or '') or 0
  if tonumber(ARGV[7]) > cool or cool >= 1e12 then redis.call('HSET', account, 'cool', ARGV[7]) end
  redis.call('EXPIRE', account, ARGV[9])
end
redis.call('HDEL', slots, ARGV[1])
if ARGV[8] == '1' and redis.call('ZREM', window, ARGV[1]) == 1 then
  local tokens = tonumber(redis.call('HGET', account, 'tokens') or '') or 0
  redis.call('HSET', account, 'tokens', string.format('%.6f', tokens + 1))
end
return 1
"""
