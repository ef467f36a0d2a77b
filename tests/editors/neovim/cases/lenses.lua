-- Lenses are drawn without being asked for, and follow the text.
local t = require('support')

local function drawn()
  local texts = {}
  for _, namespace in pairs(vim.api.nvim_get_namespaces()) do
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
      for _, chunk in ipairs(mark[4].virt_text or {}) do
        if chunk[2] == 'LspCodeLens' then
          texts[#texts + 1] = ('%d %s'):format(mark[2] + 1, chunk[1])
        end
      end
    end
  end
  table.sort(texts)
  return texts
end

t.open('leak.js')
t.eventually('a lens over the registration', function()
  local texts = drawn()
  return #texts == 1 and texts[1]:find('^6 target held by ') and texts
end)
vim.api.nvim_buf_set_lines(0, 0, 0, false, { '' })
t.eventually('the lens has moved', function()
  local texts = drawn()
  return #texts == 1 and texts[1]:find('^7 target held by ')
end)

-- One with a graph shows it.
t.eventually('the lens of the text as it is now', function()
  return vim.iter(vim.lsp.codelens.get(0)):any(function(lens)
    return lens.range.start.line == 6 and lens.command and lens.command.command == 'jsleak.showGraph'
  end)
end)
t.go(7, 5)
vim.lsp.codelens.run()
t.eventually('the graph', function()
  return vim.api.nvim_win_get_config(0).relative ~= '' and #t.text() >= 2
end)
t.contains(table.concat(t.text(), '\n'), 'leak.js:')
