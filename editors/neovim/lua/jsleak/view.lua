-- Windows for what is too long for a message: a page in a split, a small one in a float.

local M = {}

---@param buffer integer
---@param lines string[]
local function fill(buffer, lines)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].bufhidden = 'wipe'
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, nowait = true, desc = 'Close this window' })
end

--- Shows a Markdown page below the other windows, in the place of an earlier page.
---@param name string what the buffer is called, after `jsleak://`
---@param markdown string
---@return integer buffer
function M.page(name, markdown)
  local uri = 'jsleak://' .. name
  local window = vim.iter(vim.api.nvim_tabpage_list_wins(0)):find(function(candidate)
    return vim.startswith(vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(candidate)), 'jsleak://')
  end)
  local buffer = vim.iter(vim.api.nvim_list_bufs()):find(function(candidate)
    return vim.api.nvim_buf_get_name(candidate) == uri
  end)
  if not buffer then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, uri)
  end
  if window then
    vim.api.nvim_win_set_buf(window, buffer)
    vim.api.nvim_set_current_win(window)
  else
    vim.api.nvim_open_win(buffer, true, { split = 'below', win = -1 })
  end
  fill(buffer, vim.split(vim.trim(markdown), '\r?\n'))
  vim.bo[buffer].filetype = 'markdown'
  return buffer
end

--- Shows lines in a float at the cursor and moves into it. It closes when it is left.
---@param title string
---@param lines string[]
---@return integer buffer
function M.float(title, lines)
  local buffer = vim.api.nvim_create_buf(false, true)
  local width = vim.fn.strdisplaywidth(title) + 2
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'cursor',
    row = 1,
    col = 0,
    width = math.max(1, math.min(width, vim.o.columns - 4)),
    height = math.max(1, math.min(#lines, vim.o.lines - 4)),
    style = 'minimal',
    border = 'rounded',
    title = ' ' .. title .. ' ',
  })
  fill(buffer, lines)
  vim.wo[window].wrap = false
  vim.wo[window].cursorline = true
  vim.api.nvim_create_autocmd('WinLeave', {
    buffer = buffer,
    once = true,
    callback = function()
      if vim.api.nvim_win_is_valid(window) then
        vim.api.nvim_win_close(window, true)
      end
    end,
  })
  return buffer
end

---@param message string
---@param level integer? of vim.log.levels; INFO where nil
function M.say(message, level)
  vim.notify('jsleak: ' .. message, level or vim.log.levels.INFO)
end

return M
