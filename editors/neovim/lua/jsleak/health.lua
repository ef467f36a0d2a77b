-- `:checkhealth jsleak`: what is needed, what is there, and what the attached servers were told.

local server = require('jsleak.server')
local trust = require('jsleak.trust')

local M = {}

local health = vim.health

local function neovim()
  health.start('Neovim')
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok(('Neovim %s'):format(vim.version()))
  else
    health.error(('Neovim %s'):format(vim.version()), 'jsleak needs Neovim 0.11 or newer.')
  end
  if vim.lsp.is_enabled('jsleak') then
    health.ok("vim.lsp.enable('jsleak') was called")
  else
    health.warn('The server is not enabled, so it does not start by itself', "Call vim.lsp.enable('jsleak') in your init.lua.")
  end
end

--- The interpreter that an executable script names in its first line.
---@param path string
---@return string?
local function interpreter(path)
  local file = io.open(path, 'rb')
  local line = file and file:read('*l') or ''
  if file then
    file:close()
  end
  return line:match('^#!%s*(%S+)')
end

---@return string? version of the executable
local function executable()
  health.start('Server')
  local root = server.root()
  local program = server.program(root)
  local path = vim.fn.exepath(program[1])
  if path == '' then
    health.error(('%s is not executable'):format(program[1]), {
      ('Install it in the environment of the project (%s)'):format(root and vim.fs.joinpath(root, '.venv') or '.venv'),
      'or anywhere on PATH: pipx install jsleak, uv tool install jsleak',
      "or name another one: vim.lsp.config('jsleak', { cmd = { '/path/to/jsleak', 'lsp' } })",
    })
    return nil
  end
  local output, failure = server.ask(program, { '--version' })
  local version = output and output:match('%d%S*')
  if not version then
    health.error(('%s does not work: %s'):format(path, failure or 'it tells no version'))
    return nil
  end
  health.ok(('%s (jsleak %s)'):format(path, version))

  local python = interpreter(path)
  if python then
    local told, why = server.ask({ python }, { '--version' })
    if told then
      health.ok(('%s (%s)'):format(python, told))
    else
      health.error(('%s, which the executable names, does not work: %s'):format(python, why))
    end
  end
  return version
end

local function node()
  health.start('Engines')
  health.ok('QuickJS-NG comes with jsleak')
  local path = vim.fn.exepath('node')
  if path == '' then
    health.info('node is not on PATH: findings about V8 cannot be put to the test')
    return
  end
  local version, failure = server.ask({ path }, { '--version' })
  if version then
    health.ok(('%s (node %s)'):format(path, version))
  else
    health.warn(('%s does not work: %s'):format(path, failure))
  end
end

---@param installed string? version of the executable
local function clients(installed)
  health.start('Attached')
  local attached = vim.lsp.get_clients({ name = 'jsleak' })
  if #attached == 0 then
    health.info(('No server runs. It starts when a file of these types is opened: %s'):format(table.concat(server.filetypes, ', ')))
  end
  for _, client in ipairs(attached) do
    local version = vim.tbl_get(client, 'server_info', 'version') or '?'
    local buffers = vim.tbl_count(client.attached_buffers)
    health.ok(('Client %d, jsleak %s, in %s'):format(client.id, version, client.root_dir or 'no folder'))
    health.info(('%d %s, positions in %s'):format(buffers, buffers == 1 and 'buffer' or 'buffers', client.offset_encoding))
    if installed and version ~= '?' and version ~= installed then
      health.warn(('The executable is now version %s'):format(installed), ':JsleakRestart starts the new one.')
    end
    if trust.of(client) then
      health.info('The folder is trusted: its code may be run to confirm findings')
    else
      health.info('The folder is not trusted: none of its code is run (:help jsleak-trust)')
    end
    health.info('Settings: ' .. vim.inspect((client.settings or {}).jsleak or vim.empty_dict()))
  end
end

function M.check()
  neovim()
  local installed = executable()
  node()
  clients(installed)
end

return M
