-- Two buffers have one server and each its own findings; closing one takes away only its own.
local t = require('support')

local first = t.open('throws.js')
local throws = vim.api.nvim_get_current_buf()
vim.cmd.vsplit('astral.js')
local second = t.attached()
local astral = vim.api.nvim_get_current_buf()
t.equal(first.id, second.id)
t.expect({ '2:1-2:24 invalid-registration' }, throws)
t.eventually('a finding in the other', function()
  return #t.findings(astral) == 1
end)

vim.api.nvim_buf_set_lines(throws, 1, 2, false, {})
t.expect({}, throws)
t.equal(#t.findings(astral), 1)

vim.cmd('bwipeout! ' .. throws)
t.equal(first:is_stopped(), false)
vim.api.nvim_buf_set_lines(astral, 0, 0, false, { '' })
t.eventually('the other is still followed', function()
  local found = t.findings(astral)
  return #found == 1 and vim.startswith(found[1], '3:')
end)
