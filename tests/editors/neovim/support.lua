-- What the cases are written with. Waits are for a condition, never for a time.

local M = {}

M.messages = {} ---@type string[] all that vim.notify was given

local PATIENCE = 30000 -- ms; a case that fails takes this long, a case that passes never does

function M.record()
  vim.notify = function(message)
    table.insert(M.messages, message)
  end
end

local function shown(value)
  return type(value) == 'string' and value or vim.inspect(value)
end

--- Fails unless both are the same, however deep.
function M.equal(actual, expected, what)
  if not vim.deep_equal(actual, expected) then
    error(('%s\nexpected: %s\nactual:   %s'):format(what or 'not equal', shown(expected), shown(actual)), 2)
  end
end

--- Fails unless `text` has `part` in it.
function M.contains(text, part)
  if not text:find(part, 1, true) then
    error(('expected: … %s …\nactual:   %s'):format(part, text), 2)
  end
end

--- Waits until `condition` returns something, and returns that.
function M.eventually(what, condition)
  local value
  local function met()
    value = condition()
    return value and true or false
  end
  if not vim.wait(PATIENCE, met, 10) then
    local state = { buffer = M.text(), findings = M.findings(), messages = M.messages, shown = vim.fn.execute('messages') }
    error(('never: %s\n%s'):format(what, vim.inspect(state)), 2)
  end
  return value
end

--- Waits until `actual()` is `expected`.
function M.becomes(actual, expected, what)
  local last
  if not vim.wait(PATIENCE, function()
    last = actual()
    return vim.deep_equal(last, expected)
  end, 10) then
    error(('never: %s\nexpected: %s\nactual:   %s\nmessages: %s'):format(what, shown(expected), shown(last), shown(M.messages)), 2)
  end
end

---@return string[] the current buffer's lines
function M.text(buffer)
  return vim.api.nvim_buf_get_lines(buffer or 0, 0, -1, false)
end

--- The diagnostics of a buffer, as "line:column-line:column code", from 1, in bytes, the end not included.
function M.findings(buffer)
  local found = {}
  for _, d in ipairs(vim.diagnostic.get(buffer or 0)) do
    found[#found + 1] = ('%d:%d-%d:%d %s'):format(d.lnum + 1, d.col + 1, d.end_lnum + 1, d.end_col + 1, d.code)
  end
  table.sort(found)
  return found
end

--- Opens a file and waits for the server.
---@return vim.lsp.Client
function M.open(path)
  vim.cmd.edit(path)
  return M.attached()
end

---@return vim.lsp.Client
function M.attached(buffer)
  return M.eventually('a server is attached', function()
    local client = vim.lsp.get_clients({ name = 'jsleak', bufnr = buffer or 0 })[1]
    return client and client.initialized and client
  end)
end

--- Waits until a buffer's diagnostics are these.
function M.expect(expected, buffer)
  table.sort(expected)
  M.becomes(function()
    return M.findings(buffer)
  end, expected, 'the findings')
end

--- Puts the cursor on line and column, from 1, in bytes.
function M.go(line, column)
  vim.api.nvim_win_set_cursor(0, { line, column - 1 })
end

--- What the server answers, as a user's key would ask.
function M.ask(client, method, extra)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local answer, failure = client:request_sync(method, vim.tbl_extend('force', params, extra or {}), PATIENCE, 0)
  if not answer then
    error(('%s: %s'):format(method, failure), 2)
  end
  return answer
end

--- The text that K shows at the cursor.
---@return string
function M.hover()
  vim.lsp.buf.hover()
  local window = M.eventually('a window with the text', function()
    return vim.iter(vim.api.nvim_list_wins()):find(function(candidate)
      return vim.api.nvim_win_get_config(candidate).relative ~= ''
    end)
  end)
  local text = table.concat(M.text(vim.api.nvim_win_get_buf(window)), '\n')
  vim.api.nvim_win_close(window, true)
  return text
end

--- Applies the code action with this title at the cursor.
function M.apply(title)
  local offered = {}
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      offered[#offered + 1] = action.title
      return action.title == title
    end,
  })
  M.eventually(('the action "%s" is offered'):format(title), function()
    return vim.list_contains(offered, title)
  end)
end

--- Waits for a message that has `part` in it: of the plugin, or of the server, which Neovim shows in its own way.
function M.told(part)
  return M.eventually(('a message with "%s"'):format(part), function()
    return vim.iter(M.messages):find(function(message)
      return message:find(part, 1, true) ~= nil
    end) or vim.fn.execute('messages'):find(part, 1, true)
  end)
end

--- Runs a case and ends Neovim.
function M.run(path)
  local passed, failure = xpcall(dofile, debug.traceback, path)
  io.stderr:write(passed and 'case passed\n' or (failure .. '\n'))
  if passed then
    vim.cmd('qall!')
  else
    vim.cmd('cquit 1')
  end
end

return M
