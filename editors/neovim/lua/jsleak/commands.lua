-- The user commands, and the commands that code lenses and code actions name.

local findings = require('jsleak.findings')
local trust = require('jsleak.trust')
local view = require('jsleak.view')

local M = {}

---@return vim.lsp.Client? of the current buffer; says so where there is none
local function attached()
  local client = vim.lsp.get_clients({ name = 'jsleak', bufnr = 0 })[1]
  if not client then
    view.say('no server is attached to this buffer (:checkhealth jsleak says why)', vim.log.levels.ERROR)
  end
  return client
end

-- Requests that run somebody's code, by client, so that they can be stopped.
local under_way = {} ---@type table<integer, table<integer, true>>

---@param client vim.lsp.Client
---@param command string
---@param arguments any[]
---@param done fun(result: any) called only where there is a result
local function execute(client, command, arguments, done)
  local running = under_way[client.id] or {}
  under_way[client.id] = running
  local id ---@type integer?
  local sent
  sent, id = client:request('workspace/executeCommand', { command = command, arguments = arguments }, function(failure, result)
    if id then
      running[id] = nil
    end
    if failure then
      local cancelled = failure.code == vim.lsp.protocol.ErrorCodes.RequestCancelled
      view.say(cancelled and 'cancelled' or failure.message, cancelled and vim.log.levels.INFO or vim.log.levels.ERROR)
    elseif result ~= nil and result ~= vim.NIL then
      done(result)
    end
  end)
  if sent and id then
    running[id] = true
  elseif not sent then
    view.say('the server has stopped (:JsleakRestart starts it again)', vim.log.levels.ERROR)
  end
end

--- Whether the client's code may be run; says how to allow it where not.
---@param client vim.lsp.Client
local function trusted(client)
  if trust.of(client) then
    return true
  end
  view.say(
    'this runs code of the project, which is not trusted: :JsleakTrust, or vim.g.jsleak_trusted (:help jsleak-trust)',
    vim.log.levels.WARN
  )
  return false
end

---@class jsleak.Verdict
---@field status 'confirmed'|'refuted'|'inconclusive'
---@field engine string
---@field reason string
---@field evidence string[]

---@param verdict jsleak.Verdict
local function told(verdict)
  local engine = verdict.engine ~= '' and (' (%s)'):format(verdict.engine) or ''
  local reason = verdict.reason ~= '' and (': %s'):format(verdict.reason) or ''
  return verdict.status .. engine .. reason
end

---@param client vim.lsp.Client
---@param uri string
---@param wanted { key: string, rule: string }[]
local function confirm(client, uri, wanted)
  if not trusted(client) then
    return
  end
  -- One after the other, so that each verdict shows as soon as it is there. Where the server refused one, it has said why.
  local function following(index)
    local one = wanted[index]
    if one then
      execute(client, 'jsleak.confirm', { uri, one.key }, function(verdict)
        view.say(('%s: %s'):format(one.rule, told(verdict)))
        following(index + 1)
      end)
    end
  end
  following(1)
end

---@param client vim.lsp.Client
---@param uri string
local function confirm_file(client, uri)
  if not trusted(client) then
    return
  end
  execute(client, 'jsleak.confirmFile', { uri }, function(verdicts)
    local counts = { confirmed = 0, refuted = 0, inconclusive = 0 }
    for _, verdict in pairs(verdicts) do
      counts[verdict.status] = counts[verdict.status] + 1
    end
    view.say(('%d confirmed, %d refuted, %d inconclusive'):format(counts.confirmed, counts.refuted, counts.inconclusive))
  end)
end

---@class jsleak.Run
---@field engine string
---@field completion string
---@field error string?
---@field registrations integer
---@field leaks { kind: string, message: string, engines: string[], path: string?, line: integer?, column: integer? }[]

--- A run as a page.
---@param name string of the file
---@param report jsleak.Run
---@return string markdown
local function run_page(name, report)
  local given = function(value)
    return value ~= nil and value ~= vim.NIL and value ~= ''
  end
  local lines = {
    '# ' .. name,
    '',
    ('- engine: %s'):format(report.engine),
    ('- completion: %s%s'):format(report.completion, given(report.error) and (', ' .. report.error) or ''),
    ('- registrations: %d'):format(report.registrations),
    ('- leaks: %d'):format(#report.leaks),
  }
  for _, leak in ipairs(report.leaks) do
    vim.list_extend(lines, { '', ('## %s'):format(leak.kind), '', leak.message })
    if given(leak.path) and given(leak.line) then
      vim.list_extend(lines, { '', ('%s:%d:%d'):format(leak.path, leak.line, leak.column) })
    end
    if #leak.engines > 0 then
      vim.list_extend(lines, { '', ('On %s.'):format(table.concat(leak.engines, ', ')) })
    end
  end
  return table.concat(lines, '\n')
end

---@param client vim.lsp.Client
---@param uri string
local function run(client, uri)
  if not trusted(client) then
    return
  end
  execute(client, 'jsleak.run', { uri }, function(report)
    local name = vim.fs.basename(vim.uri_to_fname(uri))
    view.page('run/' .. name, run_page(name, report))
  end)
end

---@param client vim.lsp.Client
---@param rule string
local function explain(client, rule)
  execute(client, 'jsleak.explain', { rule }, function(markdown)
    view.page('explain/' .. rule, markdown)
  end)
end

---@param client vim.lsp.Client
---@param uri string
---@param key string
local function show_graph(client, uri, key)
  local params = { textDocument = { uri = uri }, key = key }
  client:request('jsleak/retentionPicture', params, function(failure, picture)
    if failure then
      view.say(failure.message, vim.log.levels.ERROR)
    elseif not picture or picture == vim.NIL or #picture.nodes == 0 then
      view.say('this finding has no retention path')
    else
      require('jsleak.graph').show(picture, client.offset_encoding)
    end
  end)
end

--- Takes the one, or lets the user choose.
---@generic T
---@param items T[]
---@param prompt string
---@param format fun(item: T): string
---@param take fun(item: T)
local function choose(items, prompt, format, take)
  if #items == 1 then
    take(items[1])
    return
  end
  vim.ui.select(items, { prompt = prompt, format_item = format }, function(item)
    if item then
      take(item)
    end
  end)
end

---@param found jsleak.Finding[]
---@return boolean
local function any(found)
  if #found == 0 then
    view.say('no finding stands here')
  end
  return #found > 0
end

local function described(finding)
  return ('%s: %s'):format(finding.rule, finding.message)
end

---@param arguments { range: integer, line1: integer, line2: integer }
function M.confirm(arguments)
  local client = attached()
  if not client then
    return
  end
  local found = arguments.range > 0 and findings.in_lines(0, arguments.line1, arguments.line2) or findings.at_cursor()
  if any(found) then
    confirm(client, vim.uri_from_bufnr(0), found)
  end
end

function M.confirm_file()
  local client = attached()
  if client then
    confirm_file(client, vim.uri_from_bufnr(0))
  end
end

function M.run()
  local client = attached()
  if client then
    run(client, vim.uri_from_bufnr(0))
  end
end

function M.graph()
  local client = attached()
  if not client then
    return
  end
  local found = findings.at_cursor()
  if any(found) then
    local uri = vim.uri_from_bufnr(0)
    choose(found, 'What keeps the object alive, by which finding?', described, function(finding)
      show_graph(client, uri, finding.key)
    end)
  end
end

---@param arguments { args: string }
function M.explain(arguments)
  local client = attached()
  if not client then
    return
  end
  if arguments.args ~= '' then
    explain(client, arguments.args)
    return
  end
  local rules = {}
  for _, finding in ipairs(findings.at_cursor()) do
    if not vim.list_contains(rules, finding.rule) then
      rules[#rules + 1] = finding.rule
    end
  end
  if #rules == 0 then
    rules = require('jsleak.server').rules()
  end
  choose(rules, 'Which rule?', tostring, function(rule)
    explain(client, rule)
  end)
end

function M.cancel()
  local stopped = 0
  for _, client in ipairs(vim.lsp.get_clients({ name = 'jsleak' })) do
    for id in pairs(under_way[client.id] or {}) do
      client:cancel_request(id)
      stopped = stopped + 1
    end
  end
  if stopped == 0 then
    view.say('nothing is under way')
  end
end

function M.trust()
  local client = attached()
  if client then
    trust.give(client)
    view.say(('%s is trusted until Neovim ends'):format(client.root_dir or 'this session'))
  end
end

--- Starts the server of a buffer anew, as Neovim does when a file of its type is opened.
---@param buffer integer
---@param config vim.lsp.ClientConfig the configuration that was stopped
local function start(buffer, config)
  if not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  if vim.lsp.is_enabled('jsleak') then
    vim.api.nvim_exec_autocmds('FileType', { group = 'nvim.lsp.enable', buffer = buffer, modeline = false })
  else
    vim.lsp.start(config, { bufnr = buffer })
  end
end

function M.restart()
  local clients = vim.lsp.get_clients({ name = 'jsleak' })
  if #clients == 0 then
    start(vim.api.nvim_get_current_buf(), vim.lsp.config.jsleak)
    return
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_keys(client.attached_buffers)
    local config = client.config
    client:stop()
    local waited = 0
    local timer = assert(vim.uv.new_timer())
    timer:start(
      20,
      20,
      vim.schedule_wrap(function()
        if timer:is_closing() then
          return
        end
        if client:is_stopped() then
          timer:close()
          for _, buffer in ipairs(buffers) do
            start(buffer, config)
          end
          return
        end
        waited = waited + 20
        if waited >= 3000 then -- it does not answer: end the process
          client:stop(true)
        end
      end)
    )
  end
end

---@param run_command fun(client: vim.lsp.Client, ...)
local function for_client(run_command)
  return function(command, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    if client then
      run_command(client, unpack(command.arguments or {}))
    end
  end
end

-- What a code lens or a code action names, by the name that the server gives it.
M.of_client = {
  ['jsleak.confirm'] = for_client(function(client, uri, key)
    local finding = findings.with_key(vim.uri_to_bufnr(uri), key)
    confirm(client, uri, { finding or { key = key, rule = 'finding' } })
  end),
  ['jsleak.confirmFile'] = for_client(confirm_file),
  ['jsleak.run'] = for_client(run),
  ['jsleak.explain'] = for_client(explain),
  ['jsleak.showGraph'] = for_client(show_graph),
}

return M
