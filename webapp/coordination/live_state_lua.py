"""Lua scripts of `live_state`: store and publish in one step, so that a change is stored before it is published."""

# KEYS: board (the run and its counts), frames, log, lease, active set.
# ARGV: channel, name, token ("" for commands), expected seq ("" for none), run JSON ("" to keep), run seq, run state,
# 1 if active, now JSON ("" to keep), counts JSON ("" to keep), log JSON array, new epoch, log length, time, channel and
# text of the hint, then pairs of frame field and frame JSON without its seq.
# Returns the change id, "LOST" when the token is old, "STALE" when the run changed meanwhile.
POST = """
local board, frames, log, lease = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if ARGV[3] ~= '' and redis.call('HGET', lease, 'token') ~= ARGV[3] then return 'LOST' end
local seq = redis.call('HGET', board, 'run_seq')
if ARGV[4] ~= '' and seq and seq ~= ARGV[4] then return 'STALE' end
if redis.call('HSETNX', board, 'epoch', ARGV[12]) == 1 then redis.call('HSET', board, 'now', 'null', 'counts', '{}') end
local number = redis.call('HINCRBY', board, 'number', 1)
redis.call('HSET', board, 'touched', ARGV[14])
if ARGV[5] ~= '' then
  redis.call('HSET', board, 'run', ARGV[5], 'run_seq', ARGV[6], 'run_state', ARGV[7])
  if ARGV[8] == '1' then redis.call('SADD', KEYS[5], ARGV[2]) else redis.call('SREM', KEYS[5], ARGV[2]) end
end
if ARGV[9] ~= '' then redis.call('HSET', board, 'now', ARGV[9]) end
if ARGV[10] ~= '' then redis.call('HSET', board, 'counts', ARGV[10]) end
local news = {}
for i = 17, #ARGV, 2 do
  redis.call('HSET', frames, ARGV[i], number .. ':' .. ARGV[i + 1])
  news[#news + 1] = ARGV[i + 1]
end
for _, line in ipairs(cjson.decode(ARGV[11])) do redis.call('LPUSH', log, line) end
redis.call('LTRIM', log, 0, ARGV[13] - 1)
local lines = table.concat(cjson.decode(ARGV[11]), ',')
local id = redis.call('HGET', board, 'epoch') .. '-' .. number
redis.call('PUBLISH', ARGV[1], '{"id":"' .. id .. '","run":' .. (redis.call('HGET', board, 'run') or 'null')
  .. ',"now":' .. redis.call('HGET', board, 'now') .. ',"counts":' .. redis.call('HGET', board, 'counts')
  .. ',"frames":[' .. table.concat(news, ',') .. '],"log":[' .. lines .. ']}')
redis.call('PUBLISH', ARGV[15], ARGV[16])
return id
"""

GATE = """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 'lost' end
return redis.call('HGET', KEYS[2], 'run_state') or 'unknown'
"""
