-- Behind characters of several bytes and units, places are right in both directions.
local t = require('support')

t.open('astral.js')
local line = t.text()[2]
local first = line:find('ref.deref()', 1, true)
local found = { ('2:%d-2:%d unchecked-deref'):format(first, first + #'ref.deref()') }
t.expect(found)

-- The edit below is sent in the server's positions, behind the same characters.
local row = vim.fn.getpos('.')[2]
t.equal(row, 1)
vim.api.nvim_buf_set_text(0, 1, first - 1, 1, first - 1, { '"𝒴" && ' })
first = first + #'"𝒴" && '
t.expect({ ('2:%d-2:%d unchecked-deref'):format(first, first + #'ref.deref()') })
