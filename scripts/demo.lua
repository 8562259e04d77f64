-- SPDX-License-Identifier: LGPL-2.1-or-later
-- SPDX-FileCopyrightText: 2026 The keyshard authors
--
-- The load that wrk makes in the demonstration: GET /tenants/NAME/verify with the tokens of a file,
-- at random. Each line of the file is NAME GROUP TOKEN. A tenant's group says what will happen to
-- it during the run, and so which answers are expected:
--
--   steady   nothing: 200 only
--   rotate   it may get a new key, which ends its token: 200 or 401
--   revoke   it may be revoked: 200 or 404
--
-- wrk does not tell a response's request, but the body of an error names its tenant.

local threads = {}

function setup(thread)
    thread:set("number", #threads + 1)
    table.insert(threads, thread)
end

local requests, groups, used = {}, {}, {}
local random = math.random
local also_expected = { rotate = 401, revoke = 404 }

-- Read by done(), from outside of the thread.
counts = {}
tenants_used = 0
unexpected_ones = ""

function init(args)
    -- The numbers of threads started one after another are too alike to be seeds.
    math.randomseed(os.time() + 7919 * number)
    for line in io.lines(args[1]) do
        local name, group, token = line:match("^(%S+) (%S+) (%S+)$")
        groups[name] = group
        requests[#requests + 1] = wrk.format("GET", "/tenants/" .. name .. "/verify",
            { Host = "127.0.0.1", Authorization = "Bearer " .. token })
    end
end

function request()
    local i = random(#requests)
    if not used[i] then
        used[i] = true
        tenants_used = tenants_used + 1
    end
    return requests[i]
end

function response(status, headers, body)
    local expected = status == 200
    if not expected then
        local group = groups[body:match('"instance":"/tenants/([^"]+)"')]
        expected = group ~= nil and also_expected[group] == status
    end
    local key = status .. (expected and " expected" or " unexpected")
    counts[key] = (counts[key] or 0) + 1
    if not expected and #unexpected_ones < 2000 then
        unexpected_ones = unexpected_ones .. key .. ": " .. body:sub(1, 200) .. "\n"
    end
end

-- Runs once, after the threads have ended: writes NAME VALUE lines for the report.
function done(summary, latency, rates)
    local file = assert(io.open(os.getenv("DEMO_WRK_RESULT"), "w"))
    local function put(name, value)
        file:write(name, "\t", string.format("%.0f", value), "\n")
    end
    put("requests", summary.requests)
    put("duration_us", summary.duration)
    for _, p in ipairs({ 50, 90, 99, 99.9 }) do
        put("latency_us " .. p, latency:percentile(p))
    end
    put("latency_us max", latency.max)
    for _, name in ipairs({ "connect", "read", "write", "timeout" }) do
        put("errors " .. name, summary.errors[name])
    end
    local sums, most_used = {}, 0
    for _, thread in ipairs(threads) do
        for key, count in pairs(thread:get("counts")) do
            sums[key] = (sums[key] or 0) + count
        end
        most_used = math.max(most_used, thread:get("tenants_used"))
        io.stdout:write(thread:get("unexpected_ones"))
    end
    for key, count in pairs(sums) do
        put("status " .. key, count)
    end
    put("tenants_used", most_used)
    file:close()
end
