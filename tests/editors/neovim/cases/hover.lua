-- K on a finding tells what, why and how; on a registration without one, what it holds.
local t = require('support')

local function hover()
  vim.lsp.buf.hover()
  local window = t.eventually('a window with the text', function()
    return vim.iter(vim.api.nvim_list_wins()):find(function(candidate)
      return vim.api.nvim_win_get_config(candidate).relative ~= ''
    end)
  end)
  local text = table.concat(t.text(vim.api.nvim_win_get_buf(window)), '\n')
  vim.api.nvim_win_close(window, true)
  return text
end

t.open('leak.js')
t.eventually('findings', function()
  return #t.findings() == 3
end)
t.go(6, 10)
local text = hover()
t.contains(text, 'held-value-retains-target')
t.contains(text, 'keeps `this` alive')
t.contains(text, 'Why it matters')
t.contains(text, 'new FinalizationRegistry')

t.open('fine.js')
t.go(2, 42)
text = hover()
t.contains(text, 'registry')
t.contains(text, 'file')
t.contains(text, 'held weakly')
