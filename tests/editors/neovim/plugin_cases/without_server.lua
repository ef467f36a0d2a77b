-- Commands where no server is attached say so and change nothing.
local t = require('support')

vim.cmd.edit('a.txt')
for _, command in ipairs({ 'JsleakConfirm', 'JsleakConfirmFile', 'JsleakRun', 'JsleakGraph', 'JsleakExplain', 'JsleakTrust' }) do
  t.messages = {}
  vim.cmd(command)
  t.equal(t.messages, { 'jsleak: no server is attached to this buffer (:checkhealth jsleak says why)' }, command)
end
t.messages = {}
vim.cmd('JsleakCancel')
t.equal(t.messages, { 'jsleak: nothing is under way' })
t.equal(#vim.api.nvim_list_wins(), 1)
