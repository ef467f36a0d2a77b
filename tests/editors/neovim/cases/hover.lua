-- K on a finding tells what, why and how; on a registration without one, what it holds.
local t = require('support')

t.open('leak.js')
t.eventually('findings', function()
  return #t.findings() == 3
end)
t.go(6, 10)
local text = t.hover()
t.contains(text, 'held-value-retains-target')
t.contains(text, 'keeps `this` alive')
t.contains(text, 'Why it matters')
t.contains(text, 'new FinalizationRegistry')

t.open('fine.js')
t.go(2, 42)
text = t.hover()
t.contains(text, 'registry')
t.contains(text, 'file')
t.contains(text, 'held weakly')
