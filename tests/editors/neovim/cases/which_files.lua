-- JSX is analysed; what is no JavaScript has no server.
local t = require('support')

t.open('view.jsx')
t.equal(vim.bo.filetype, 'javascriptreact')
t.eventually('findings in JSX', function()
  return #t.findings() == 3
end)
vim.cmd.edit('leak.txt')
t.equal(vim.lsp.get_clients({ bufnr = 0 }), {})
