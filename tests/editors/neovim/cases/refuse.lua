-- In a folder that is not trusted nothing is run, whoever asks; :JsleakTrust changes that.
local t = require('support')

local client = t.open('throws.js')
t.expect({ '2:1-2:24 invalid-registration' })
t.go(2, 5)
for _, command in ipairs({ 'JsleakConfirm', 'JsleakConfirmFile', 'JsleakRun' }) do
  t.messages = {}
  vim.cmd(command)
  t.told('which is not trusted')
end

-- The server does not rely on the plugin for that.
local key = vim.diagnostic.get(0)[1].user_data.lsp.data.key
local answer = t.ask(client, 'workspace/executeCommand', { command = 'jsleak.confirm', arguments = { vim.uri_from_bufnr(0), key } })
t.equal(answer.result or vim.NIL, vim.NIL)
t.told('This workspace is not trusted')
t.equal(vim.diagnostic.get(0)[1].message:find('Confirmed', 1, true), nil)

vim.cmd('JsleakTrust')
vim.cmd('JsleakConfirm')
t.eventually('the verdict in the finding', function()
  local diagnostic = vim.diagnostic.get(0)[1]
  return diagnostic and diagnostic.message:find('\nConfirmed on ', 1, true)
end)
