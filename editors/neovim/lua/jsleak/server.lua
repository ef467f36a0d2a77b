-- Finds the jsleak executable and asks it what it knows without a session: its version and its rules.

local M = {}

-- What the server analyses. Markdown is the user's to add: few want a server for each README.
M.filetypes = { 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'html', 'vue', 'svelte', 'astro' }

local IN_ENVIRONMENT = vim.fn.has('win32') == 1 and '.venv/Scripts/jsleak.exe' or '.venv/bin/jsleak'

---@param root string? the project's folder
---@return string? path, nil where there is no executable
function M.executable(root)
  if root then
    local path = vim.fs.joinpath(root, IN_ENVIRONMENT)
    if vim.fn.executable(path) == 1 then
      return path
    end
  end
  local path = vim.fn.exepath('jsleak')
  return path ~= '' and path or nil
end

---@param root string? the project's folder
---@return string[]
function M.command(root)
  -- Where there is none, Neovim's own message names the command that it could not start.
  return { M.executable(root) or 'jsleak', 'lsp' }
end

--- The command line that the user's configuration would start for a folder, without the arguments from `lsp` on.
---@param root string?
---@return string[]
function M.program(root)
  local config = vim.lsp.config.jsleak
  local command = config and config.cmd
  if type(command) ~= 'table' then
    command = M.command(root)
  end
  local program = {}
  for _, word in ipairs(command) do
    if word == 'lsp' then
      break
    end
    program[#program + 1] = word
  end
  return program
end

---@param program string[]
---@param arguments string[]
---@return string? output, string? why there is none
function M.ask(program, arguments)
  local command = vim.list_extend(vim.list_slice(program), arguments)
  local started, process = pcall(vim.system, command, { text = true })
  if not started then
    return nil, tostring(process)
  end
  local done = process:wait(10000)
  if done.code ~= 0 then
    local said = vim.trim(done.stderr or '')
    return nil, said ~= '' and said or ('exit status %d'):format(done.code)
  end
  return vim.trim(done.stdout), nil
end

---@return string? the project's folder of the current buffer
function M.root()
  local config = vim.lsp.config.jsleak
  return vim.fs.root(0, config and config.root_markers or { 'package.json', '.git' })
end

local rules_of = {} ---@type table<string, string[]>

--- The names of all rules; asked once for each executable.
---@return string[]
function M.rules()
  local program = M.program(M.root())
  local key = table.concat(program, '\n')
  if not rules_of[key] then
    local output = M.ask(program, { 'rules', '--format', 'json' })
    if not output then
      return {}
    end
    rules_of[key] = vim.tbl_map(function(rule)
      return rule.name
    end, vim.json.decode(output))
  end
  return rules_of[key]
end

return M
