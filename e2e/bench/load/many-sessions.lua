-- Calls with the cookies of many sessions: wrk … -- <file, one cookie a line> <in-order|at-random> <first>
-- In order, each from the first on is sent once, and then no more.
dofile((debug.getinfo(1, 'S').source:sub(2):match('.*/') or './') .. 'report.lua')

local cookies, order, sent = {}, 'at-random', 0

function init(args)
  order, sent = args[2], tonumber(args[3])
  for line in io.lines(args[1]) do cookies[#cookies + 1] = line end
end

function request()
  local number
  if order == 'in-order' then
    sent = sent + 1
    if sent > #cookies then
      wrk.thread:stop()
      sent = #cookies
    end
    number = sent
  else
    number = math.random(#cookies)
  end
  wrk.headers['Cookie'] = cookies[number]
  return wrk.format()
end
