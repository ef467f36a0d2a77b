-- The retention path of a finding as text: a tree of what holds what, strong edges drawn through, weak ones dotted.

local M = {}

---@class jsleak.Node
---@field id string
---@field label string
---@field uri string?
---@field range lsp.Range?

---@class jsleak.Edge
---@field from string
---@field to string
---@field label string
---@field strength 'strong'|'weak'

---@class jsleak.Picture
---@field title string
---@field nodes jsleak.Node[]
---@field edges jsleak.Edge[]

---@param node jsleak.Node
local function described(node)
  local label = node.label:gsub('%s+', ' ')
  if not node.uri or not node.range then
    return label
  end
  return ('%s  %s:%d'):format(label, vim.fs.basename(vim.uri_to_fname(node.uri)), node.range.start.line + 1)
end

--- Each node is drawn once, below what first leads to it; a further edge to it ends in "(above)".
---@param picture jsleak.Picture
---@return string[] lines
---@return jsleak.Node[] nodes the node of each line
function M.draw(picture)
  local node_of, edges_from, reached = {}, {}, {}
  for _, node in ipairs(picture.nodes) do
    node_of[node.id] = node
    edges_from[node.id] = {}
  end
  for _, edge in ipairs(picture.edges) do
    table.insert(edges_from[edge.from], edge)
    reached[edge.to] = true
  end

  local lines, nodes, drawn = {}, {}, {}
  local function draw(node, before, below)
    local again = drawn[node.id]
    drawn[node.id] = true
    lines[#lines + 1] = before .. described(node) .. (again and '  (above)' or '')
    nodes[#nodes + 1] = node
    if again then
      return
    end
    for index, edge in ipairs(edges_from[node.id]) do
      local last = index == #edges_from[node.id]
      local stroke = edge.strength == 'weak' and '┄' or '─'
      local name = edge.label ~= '' and (' %s '):format(edge.label) or ''
      draw(
        node_of[edge.to],
        ('%s%s%s%s%s▶ '):format(below, last and '└' or '├', stroke, name, stroke),
        below .. (last and '   ' or '│  ')
      )
    end
  end
  for _, node in ipairs(picture.nodes) do
    if not reached[node.id] then
      draw(node, '', '')
    end
  end
  for _, node in ipairs(picture.nodes) do -- a cycle has no node that nothing leads to
    if not drawn[node.id] then
      draw(node, '', '')
    end
  end
  return lines, nodes
end

--- Shows a picture in a float; <Enter> goes to the place in the source.
---@param picture jsleak.Picture
---@param encoding 'utf-8'|'utf-16'|'utf-32' of the ranges
function M.show(picture, encoding)
  local lines, nodes = M.draw(picture)
  local buffer = require('jsleak.view').float(picture.title, lines)
  vim.keymap.set('n', '<CR>', function()
    local node = nodes[vim.api.nvim_win_get_cursor(0)[1]]
    if not node.uri or not node.range then
      return
    end
    vim.cmd.close()
    vim.lsp.util.show_document({ uri = node.uri, range = node.range }, encoding, { reuse_win = true, focus = true })
  end, { buffer = buffer, desc = 'Go to this place in the source' })
end

return M
