-- In a trusted folder a finding is put to the test, and the verdict becomes part of it.
local t = require('support')

vim.g.jsleak_trusted = { vim.fn.getcwd() }
t.open('throws.js')
t.expect({ '2:1-2:24 invalid-registration' })
t.go(2, 5)
vim.cmd('JsleakConfirm')
local message = t.eventually('the verdict in the finding', function()
  local diagnostic = vim.diagnostic.get(0)[1]
  return diagnostic and diagnostic.message:find('\nConfirmed on ', 1, true) and diagnostic.message
end)
t.contains(message, 'Confirmed on quickjs-ng ')
t.told('jsleak: invalid-registration: confirmed (quickjs-ng ')
