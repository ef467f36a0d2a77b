-- Which projects' code may be run. The server runs none of it until the client says that the user trusts the folder.

local M = {}

local for_this_session = {} ---@type table<string, true>

local function real(path)
  local normal = vim.fs.normalize(path)
  return vim.uv.fs_realpath(normal) or normal
end

--- Whether `vim.g.jsleak_trusted` (folders, with all that is in them) or |:JsleakTrust| names this folder.
---@param root string?
---@return boolean
function M.names(root)
  if not root then
    return false
  end
  local folder = real(root)
  if for_this_session[folder] then
    return true
  end
  for _, trusted in ipairs(vim.g.jsleak_trusted or {}) do
    local above = real(trusted)
    if folder == above or vim.startswith(folder, above:sub(-1) == '/' and above or above .. '/') then
      return true
    end
  end
  return false
end

--- Tells a configuration that is about to start what the user trusts. A `trust` in the settings stays as it is.
---@param config { root_dir: string?, settings: table? }
function M.apply(config)
  config.settings = config.settings or {}
  config.settings.jsleak = config.settings.jsleak or {}
  if config.settings.jsleak.trust == nil and M.names(config.root_dir) then
    config.settings.jsleak.trust = true
  end
end

---@param client vim.lsp.Client
---@return boolean
function M.of(client)
  return vim.tbl_get(client.settings, 'jsleak', 'trust') == true
end

--- Trusts the client's folder until Neovim ends.
---@param client vim.lsp.Client
function M.give(client)
  if client.root_dir then
    for_this_session[real(client.root_dir)] = true
  end
  client.settings.jsleak = vim.tbl_extend('force', client.settings.jsleak or {}, { trust = true })
  client:notify('workspace/didChangeConfiguration', { settings = client.settings })
end

return M
