-- A worker that speaks version 2 of harness/PROTOCOL.md: Lua runs its own version of a workload, found
-- by the workload's name, at the size that the Monkey program asks for.

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

-- The most memory that this process has held, where the system tells it of itself (Linux).
local function peak_memory()
  local status = io.open("/proc/self/status")
  local peak = status and status:read("a"):match("VmHWM:%s+(%d+) kB")
  if status then status:close() end
  return peak and peak * 1024
end

local programs = {}

-- The program of a name; where there is none, the answer is an error.
local function program(name)
  return programs[name] or error("no program " .. name, 0)
end

local requests = {}

function requests.hello()
  return string.format(
    'ok {"protocol":2,"engine":"lua","version":"%s","phases":["run","first"],"memory":%s,"translated":true}',
    _VERSION:match("%d.*"), peak_memory() and "true" or "false")
end

function requests.program(name, bytes)
  local text = bytes == "0" and "" or io.read(tonumber(bytes))
  local translate = translations[name]
  programs[name] = translate and translate(text)
  return programs[name] and "ok" or "error there is no Lua version of " .. name
end

function requests.check(name)
  return string.format('ok "%d" ""', program(name)())
end

function requests.measure(what, name, iterations)
  if what ~= "run" and what ~= "first" then return "error only run and first are timed" end
  local run, result = program(name), nil
  if what == "run" then run() end
  -- Processor time: the worker does nothing but run.
  local start = os.clock()
  for _ = 1, tonumber(iterations) do result = run() end
  local nanoseconds = math.max(1, math.floor((os.clock() - start) * 1e9 + 0.5))
  return string.format('ok %d "%d"', nanoseconds, result)
end

function requests.memory()
  local bytes = peak_memory()
  return bytes and string.format("ok %d", bytes) or "error the system doesn't tell"
end

for line in io.lines() do
  local words = {}
  for word in line:gmatch("%S+") do words[#words + 1] = word end
  if words[1] == "quit" then break end
  local answer = requests[words[1]]
  if answer then
    local _, text = pcall(answer, table.unpack(words, 2))
    print(text:match("^ok") and text or "error " .. text:gsub("^error ", ""))
  else
    print("error unknown request")
  end
  io.flush()
end
