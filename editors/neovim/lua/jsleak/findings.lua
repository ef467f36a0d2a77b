-- The findings that jsleak has published for a buffer, and those that stand at a place.

local M = {}

---@class jsleak.Finding
---@field key string what the server calls it
---@field rule string
---@field message string
---@field diagnostic vim.Diagnostic

---@param buffer integer
---@return jsleak.Finding[] in order of place
function M.of(buffer)
  local found = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    local key = vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data', 'key')
    if diagnostic.source == 'jsleak' and key then
      local message = vim.split(diagnostic.message, '\n')[1]
      found[#found + 1] = { key = key, rule = tostring(diagnostic.code), message = message, diagnostic = diagnostic }
    end
  end
  table.sort(found, function(a, b)
    local left, right = a.diagnostic, b.diagnostic
    if left.lnum ~= right.lnum then
      return left.lnum < right.lnum
    end
    if left.col ~= right.col then
      return left.col < right.col
    end
    return a.rule < b.rule
  end)
  return found
end

---@param buffer integer
---@param key string
---@return jsleak.Finding?
function M.with_key(buffer, key)
  return vim.iter(M.of(buffer)):find(function(finding)
    return finding.key == key
  end)
end

--- The findings of some lines (from 1, both included).
---@param buffer integer
---@param first integer
---@param last integer
---@return jsleak.Finding[]
function M.in_lines(buffer, first, last)
  return vim.tbl_filter(function(finding)
    return finding.diagnostic.lnum < last and finding.diagnostic.end_lnum >= first - 1
  end, M.of(buffer))
end

--- The findings that the cursor is in, or else all that touch its line.
---@return jsleak.Finding[]
function M.at_cursor()
  local line, column = unpack(vim.api.nvim_win_get_cursor(0))
  local touching = M.in_lines(0, line, line)
  local containing = vim.tbl_filter(function(finding)
    local place = finding.diagnostic
    local begun = place.lnum < line - 1 or place.col <= column
    local ended = place.end_lnum < line - 1 or (place.end_lnum == line - 1 and place.end_col <= column)
    return begun and not ended
  end, touching)
  return #containing > 0 and containing or touching
end

return M
