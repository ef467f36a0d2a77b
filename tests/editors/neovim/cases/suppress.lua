-- A finding is suppressed for its line, from the menu.
local t = require('support')

t.open('throws.js')
t.expect({ '2:1-2:24 invalid-registration' })
t.go(2, 5)
local titles = {}
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action)
    titles[#titles + 1] = action.title
    return action.title:lower():find('suppress', 1, true) ~= nil and action.title:lower():find('line', 1, true) ~= nil
  end,
})
t.expect({})
local text = table.concat(t.text(), '\n')
t.contains(text, 'jsleak')
t.contains(text, 'invalid-registration')
vim.cmd('silent undo')
t.expect({ '2:1-2:24 invalid-registration' })
