-- The rule of budget.py, word for word, on one hash: a change of the one is a change of the other, which a test compares on random
-- histories. KEYS[1]: the bucket. ARGV: verb, now, and what the verb takes. Numbers come and go as text that loses nothing.

local KEPT_APART = 3600 -- seconds a bucket is remembered after its window

local function number(text)
    return tonumber(text) or 0
end

local names = {"limit", "remaining", "resets_at", "window", "closed_until", "own", "late", "seen", "expected"}
local stored = redis.call("HMGET", KEYS[1], unpack(names))
local budget = {}
for index, name in ipairs(names) do
    budget[name] = number(stored[index])
end
budget.window = math.max(budget.window, 60)

local now = number(ARGV[2])

local function keep()
    local values = {}
    for _, name in ipairs(names) do
        values[#values + 1] = name
        values[#values + 1] = string.format("%.17g", budget[name])
    end
    redis.call("HSET", KEYS[1], unpack(values))
    local ends = math.max(budget.resets_at, budget.closed_until)
    redis.call("EXPIRE", KEYS[1], math.floor(math.max(ends - now, 0)) + KEPT_APART)
end

local function is_over()
    return budget.resets_at <= now or budget.resets_at > now + 2 * budget.window
end

local function expect()
    if budget.seen > math.ceil(budget.expected) then
        return budget.seen + 0.5
    end
    local kept = budget.expected * 0.97
    if kept < 0.5 then
        kept = 0
    end
    return math.max(budget.seen, kept)
end

local function held_back(floor)
    local expected = math.ceil(budget.expected)
    local awaited = 1
    if budget.seen <= expected then
        awaited = expected - budget.seen
    end
    return math.min(awaited, math.floor((budget.limit - floor * budget.limit) / 2 + 1e-9))
end

local function wait(floor, patience)
    local kept = floor * budget.limit + held_back(floor)
    local free, time_left = budget.remaining - kept, budget.resets_at - now
    if free <= 1e-9 then
        return time_left
    end
    local spread = patience * (budget.limit - kept)
    if spread * math.min(time_left / budget.window, 1) <= free + 1e-6 then
        return 0
    end
    return time_left - budget.window * free / spread
end

local verbs = {}

function verbs.take(floor, patience)
    if budget.closed_until > now then
        return string.format("%.17g", budget.closed_until - now)
    end
    if is_over() then
        budget.expected = expect()
        budget.remaining = budget.limit
        budget.resets_at = now + budget.window
        budget.own, budget.late, budget.seen = budget.late, 0, 0
    end
    if budget.limit > 0 then
        local seconds = wait(floor, patience)
        if seconds > 0 then
            return string.format("%.17g", seconds)
        end
        budget.remaining = budget.remaining - 1
    end
    budget.own = budget.own + 1
    if budget.resets_at - now <= 2 then
        budget.late = budget.late + 1
    end
    keep()
    return "open"
end

function verbs.give_back()
    if not is_over() then
        budget.remaining = math.min(budget.limit, budget.remaining + 1)
        budget.own = math.max(0, budget.own - 1)
        keep()
    end
end

function verbs.learn(limit, remaining, resets_in)
    local left, told = math.min(math.max(remaining, 0), limit), now + math.max(resets_in, 0)
    if is_over() or told > budget.resets_at + budget.window / 2 then
        budget.expected = expect()
        budget.remaining, budget.resets_at = left, told
        budget.own, budget.late, budget.seen = limit - left + budget.late, 0, 0
    else
        local early = budget.limit > 0 and told < budget.resets_at - budget.window / 2
        if budget.limit > 0 then
            budget.remaining = math.min(budget.remaining, left)
        else
            budget.remaining = left
        end
        budget.resets_at = math.min(budget.resets_at, told)
        if early or (budget.limit > 0 and budget.limit ~= limit) then
            budget.own, budget.late = math.max(budget.own, limit - left), budget.own
        else
            budget.seen = math.max(budget.seen, limit - left - budget.own)
        end
    end
    budget.limit = limit
    budget.window = math.max(budget.window, resets_in)
    keep()
end

function verbs.close_until(moment)
    budget.closed_until = math.max(budget.closed_until, moment)
    keep()
end

return verbs[ARGV[1]](number(ARGV[3]), number(ARGV[4]), number(ARGV[5]))
