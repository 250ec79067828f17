/*
 * What must happen in one step, as Lua: Redis runs a script alone. `mark` is a hash with version, epoch, owner, last and touched;
 * `lease` holds the owner's name and expires by itself.
 */

/** KEYS mark, lease · ARGV owner, owner before (or empty), milliseconds, version · → held, epoch, last | waiting | newer, version */
export const ACQUIRE = `
local version = redis.call('HGET', KEYS[1], 'version')
if version and tonumber(version) > tonumber(ARGV[4]) then return {'newer', version} end
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] and holder ~= ARGV[2] then return {'waiting'} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'version', ARGV[4])
return {'held', tostring(epoch), redis.call('HGET', KEYS[1], 'last') or ''}
`;

/** A lease that has run out and that nobody has taken is still ours. KEYS mark, lease · ARGV owner, milliseconds · → 1 | 0 */
export const RENEW = `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** KEYS lease · ARGV owner */
export const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;

/**
 * KEYS mark, then the tables · ARGV epoch, owner, last, name of this write, touched, then for each change: number of the table's key,
 * field, value (empty: the field goes) · → nothing when it is done, else epoch, owner, last as they are. The name comes last:
 * should Redis stop in the middle, the write counts as not done, and doing it again makes it whole.
 */
export const WRITE = `
local mark = redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'last')
local last = mark[3] or ''
if mark[1] ~= ARGV[1] or mark[2] ~= ARGV[2] or last ~= ARGV[3] then
  return {mark[1] or '', mark[2] or '', last}
end
for i = 6, #ARGV, 3 do
  local key = KEYS[tonumber(ARGV[i])]
  if ARGV[i + 2] == '' then redis.call('HDEL', key, ARGV[i + 1])
  else redis.call('HSET', key, ARGV[i + 1], ARGV[i + 2]) end
end
redis.call('HSET', KEYS[1], 'last', ARGV[4], 'touched', ARGV[5])
return {}
`;
