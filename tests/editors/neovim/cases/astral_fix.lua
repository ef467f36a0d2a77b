-- A fix behind characters of several bytes and units changes the right ones.
local t = require('support')

t.open('astral.js')
local line = t.text()[2]
local first = line:find('ref.deref()', 1, true)
t.expect({ ('2:%d-2:%d unchecked-deref'):format(first, first + #'ref.deref()') })
t.go(2, first)
t.apply('Use `?.`')
t.becomes(function()
  return t.text()[2]
end, (line:gsub('%.deref%(%)%.name', '.deref()?.name')), 'the fix is applied')
t.expect({})
