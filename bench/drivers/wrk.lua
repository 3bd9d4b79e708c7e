-- Makes wrk ask several requests by weight, and print what it measured as one line of JSON.
-- Arguments: weight, method, path and body ("-" for none, else after a "+"), again for each request.

local turns, turn = {}, 0

local function next_turn()
  turn = turn % #turns + 1
  return turns[turn]
end

function init(args)
  for first = 1, #args, 4 do
    wrk.method, wrk.path = args[first + 1], args[first + 2]
    wrk.body = args[first + 3] ~= "-" and args[first + 3]:sub(2) or nil
    wrk.headers["Content-Type"] = wrk.body and "text/plain" or nil
    local formatted = wrk.format()
    for _ = 1, tonumber(args[first]) do turns[#turns + 1] = formatted end
  end
  math.randomseed(#turns)
  for last = #turns, 2, -1 do
    local other = math.random(last)
    turns[last], turns[other] = turns[other], turns[last]
  end
  -- a global function costs a call for each request: one request alone needs none
  if #args > 4 then request = next_turn end
end

function done(summary, latency)
  local counted = {}
  for place = 1, #latency do
    local microseconds, times = latency(place)
    counted[place] = string.format("[%d,%d]", microseconds, times)
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"duration":%d,"requests":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"latency":[%s]}\n',
    summary.duration, summary.requests, summary.bytes, errors.connect, errors.read, errors.write, errors.status,
    errors.timeout, table.concat(counted, ",")))
end
