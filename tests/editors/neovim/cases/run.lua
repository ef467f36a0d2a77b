-- :JsleakRun runs the file and shows what it registered.
local t = require('support')

vim.g.jsleak_trusted = { vim.fn.getcwd() }
t.open('throws.js')
vim.cmd('JsleakRun')
t.eventually('the report', function()
  return vim.api.nvim_buf_get_name(0) == 'jsleak://run/throws.js'
end)
t.contains(table.concat(t.text(), '\n'), 'TypeError')
