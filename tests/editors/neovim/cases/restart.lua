-- :JsleakRestart brings another process, for all buffers of the old one, and with new findings.
local t = require('support')

local old = t.open('throws.js')
t.expect({ '2:1-2:24 invalid-registration' })
local hidden = vim.api.nvim_get_current_buf()
t.open('astral.js')
vim.cmd('JsleakRestart')
t.eventually('the old one has stopped', function()
  return old:is_stopped()
end)
t.eventually('another client', function()
  local client = vim.lsp.get_clients({ name = 'jsleak', bufnr = 0 })[1]
  return client and client.id ~= old.id and client.initialized
end)
t.expect({ '2:1-2:24 invalid-registration' }, hidden)
t.eventually('findings from it', function()
  return #t.findings() == 1
end)
t.equal(#vim.lsp.get_clients({ name = 'jsleak' }), 1)

-- A server that died of itself is started by the same command.
local client = t.attached()
client:stop(true)
t.eventually('none is there', function()
  return client:is_stopped() and #vim.lsp.get_clients({ name = 'jsleak' }) == 0
end)
vim.cmd('JsleakRestart')
t.attached()
t.eventually('findings again', function()
  return #t.findings() == 1
end)
