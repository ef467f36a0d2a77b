-- :JsleakGraph draws the retention path of the finding at the cursor; <Enter> goes to a place in it.
local t = require('support')

vim.lsp.config('jsleak', { settings = { jsleak = { select = { 'held-value-retains-target' } } } })
t.open('leak.js')
t.expect({ '6:5-6:48 held-value-retains-target' })
local source = vim.api.nvim_get_current_win()
t.go(3, 1)
vim.cmd('JsleakGraph')
t.told('no finding stands here')

t.go(6, 10)
vim.cmd('JsleakGraph')
t.eventually('the picture', function()
  return vim.api.nvim_get_current_win() ~= source
end)
local lines = t.text()
assert(#lines >= 3, vim.inspect(lines))
t.contains(lines[2], '─ held value ─▶ arrow function  leak.js:6')
t.contains(lines[3], '─ captures `this` ─▶ the target `this`')
t.contains(lines[4], '┄▶ the target `this`')
local row = vim.iter(ipairs(lines)):find(function(_, line)
  return line:find('arrow function', 1, true) ~= nil
end)
t.go(row, 1)
vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'x', false)
t.equal(vim.api.nvim_get_current_win(), source)
t.equal(vim.api.nvim_win_get_cursor(0)[1], 6)
