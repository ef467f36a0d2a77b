-- :JsleakExplain opens the page of the rule at the cursor, or of the one that is named.
local t = require('support')

t.open('throws.js')
t.expect({ '2:1-2:24 invalid-registration' })
t.go(2, 5)
vim.cmd('JsleakExplain')
t.eventually('the page', function()
  return vim.api.nvim_buf_get_name(0) == 'jsleak://explain/invalid-registration'
end)
local page = table.concat(t.text(), '\n')
t.contains(page, 'invalid-registration')
t.contains(page, 'Why it matters')
t.equal(vim.bo.filetype, 'markdown')

vim.cmd('wincmd p')
vim.cmd('JsleakExplain token-mismatch')
t.eventually('the other page', function()
  return vim.api.nvim_buf_get_name(0) == 'jsleak://explain/token-mismatch'
end)
t.equal(#vim.api.nvim_list_wins(), 2)

vim.cmd('wincmd p')
vim.cmd('JsleakExplain no-such-rule')
t.told('no-such-rule')
