-- A worker that speaks harness/PROTOCOL.md: Lua runs its own version of a workload, found by the
-- workload's name, at the size that the Monkey program asks for.

local function fibonacci(n)
  if n < 2 then return n end
  return fibonacci(n - 1) + fibonacci(n - 2)
end

-- By workload: from the text of the Monkey program to a function that gives its value.
local translations = {
  fibonacci = function(text)
    local size = tonumber(text:match("let size = (%d+);"))
    return size and function() return fibonacci(size) end
  end,
}

local programs = {}

local requests = {}

function requests.program(name, bytes)
  local text = io.read(tonumber(bytes))
  local translate = translations[name]
  programs[name] = translate and translate(text)
  return programs[name] and "ok" or "error there is no Lua version of " .. name
end

function requests.check(name)
  return string.format('ok "%d" ""', programs[name]())
end

function requests.measure(what, name, iterations)
  if what ~= "run" then return "error only run is timed" end
  local run, result = programs[name], nil
  run()
  -- Processor time: the worker does nothing but run.
  local start = os.clock()
  for _ = 1, tonumber(iterations) do result = run() end
  local nanoseconds = math.max(1, math.floor((os.clock() - start) * 1e9 + 0.5))
  return string.format('ok %d "%d"', nanoseconds, result)
end

for line in io.lines() do
  local words = {}
  for word in line:gmatch("%S+") do words[#words + 1] = word end
  if words[1] == "quit" then break end
  local answer = requests[words[1]]
  print(answer and answer(table.unpack(words, 2)) or "error unknown request")
  io.flush()
end
