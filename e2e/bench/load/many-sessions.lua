-- Calls with the cookies of many sessions: wrk … -- <file, one cookie a line> <once|in-order|at-random> <first>
-- In order, they come again from the beginning when all have come; once, the thread then stops.
dofile((debug.getinfo(1, 'S').source:sub(2):match('.*/') or './') .. 'report.lua')

local cookies, order, sent = {}, 'at-random', 0

function init(args)
  order, sent = args[2], tonumber(args[3])
  for line in io.lines(args[1]) do cookies[#cookies + 1] = line end
end

function request()
  if order == 'at-random' then
    wrk.headers['Cookie'] = cookies[math.random(#cookies)]
  else
    if order == 'once' and sent == #cookies then
      wrk.thread:stop()
      sent = sent - 1
    end
    wrk.headers['Cookie'] = cookies[sent % #cookies + 1]
    sent = sent + 1
  end
  return wrk.format()
end
