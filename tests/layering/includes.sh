#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# includes.sh SOURCE-ROOT LAYERS.TXT: every #include of shared/, agent/ and app/ against the table that
# cmake/VitFleetLayers.cmake wrote, and heavy third-party headers only in their rooms.
set -euo pipefail
root=$1
layers=$2
cd "$root"

# FILE:LINE:#include ..., one for each; the lines are all that is read of the sources.
includes=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' --include='*.h' --include='*.cpp' shared agent app)

awk -v layersFile="$layers" '
BEGIN {
  while ((getline line < layersFile) > 0) {
    n = split(line, word, " ")
    if (word[1] == "layer") for (i = 3; i <= n; i++) sees[word[2], word[i]] = 1
    if (word[1] == "folder" && !(word[2] in layerOf)) layerOf[word[2]] = word[3]
  }
  # Header (regular expression) and the folders that may include it.
  rule("^(zmq\\.h|zmq\\.hpp|zmq_addon\\.hpp)$", "shared/transport")
  rule("^flatbuffers/|_generated\\.h$", "shared/protocol")
  rule("^(sodium\\.h|sodium/|xxhash\\.h)", "shared/digest")
  rule("^(opencv2/|opencv/)", "agent/imaging")
  rule("^(jpeglib|turbojpeg|jerror)\\.h$", "agent/imaging")
  rule("^seccomp\\.h$", "agent/decoder")
  rule("^(torch|ATen|c10|caffe2)/", "agent/backends/torch")
  rule("^(SQLiteCpp/|sqlite3\\.h)", "app/store")
  rule("^(QtWidgets|QtCharts|QtSvg|QtSvgWidgets)/|^Q(Application|Widget|MainWindow|Dialog|MessageBox|FileDialog|PushButton|Label|TableView|TreeView|StyledItemDelegate|Chart|ChartView|SvgRenderer)$", "app/ui app/main")
  rule("^(QtGui|QtQml)/|^Q(GuiApplication|Image|Pixmap|Icon|Color|Painter|Font)$", "app/ui app/main app/models")
  rule("^Qt[A-Z][A-Za-z]*/|^Q[A-Z][A-Za-z]+$", "app")
}
function rule(expression, folders) { rules++; ruleHeader[rules] = expression; ruleFolders[rules] = folders }
function inside(file, folders,   part, k, count) {
  count = split(folders, part, " ")
  for (k = 1; k <= count; k++) if (index(file, part[k] "/") == 1) return 1
  return 0
}
# The layer of a path: that of the longest folder above it which has one.
function layer(path) {
  while (sub(/\/[^\/]*$/, "", path)) if (path in layerOf) return layerOf[path]
  return ""
}
function bad(text) { print "FAIL: " where ": " text; failures++ }
{
  split($0, field, ":")
  file = field[1]
  where = field[1] ":" field[2]
  header = $0
  sub(/^[^:]*:[^:]*:[[:space:]]*#[[:space:]]*include[[:space:]]*/, "", header)
  quoted = substr(header, 1, 1) == "\""
  header = substr(header, 2)
  sub(/[">].*$/, "", header)
  seen++

  for (r = 1; r <= rules; r++)
    if (header ~ ruleHeader[r]) {
      if (!inside(file, ruleFolders[r])) bad("<" header "> belongs to " ruleFolders[r])
      else if (file ~ /\.h$/ && r <= 8) heavy[file] = heavy[file] " " header
      break
    }
  if (header ~ /^(shared|agent|app)\//) {
    if (!quoted) bad("our own headers are included with quotes: " header)
    users[header] = users[header] " " file
    from = layer(file)
    to = layer(header)
    if (from == "") next # a folder that this configuration does not build
    if (to == "" ) { if (from != "test-support") unbuilt++ }
    else if (from != to && !((from, to) in sees)) bad("the layer " from " may not include " header " of " to)
  } else if (quoted && header !~ /\.moc$|_generated\.h$|^ui_/)
    bad("\"" header "\" does not name its room (shared/..., agent/..., app/...)")
}
END {
  # A header with a heavy library in it may be included by its own folder only.
  for (h in heavy) {
    room = h
    sub(/\/[^\/]*$/, "/", room)
    count = split(users[h], user, " ")
    for (k = 1; k <= count; k++)
      if (index(user[k], room) != 1) { where = user[k]; bad(h " brings" heavy[h] " with it and must stay in " room) }
  }
  print seen + 0 " includes, " failures + 0 " against the rules"
  exit failures > 0 || seen == 0
}' <<<"$includes"
