// SPDX-License-Identifier: GPL-3.0-or-later
// What is run on a host to find, start, look at and end agents: texts for a POSIX shell whose values are positional
// parameters, never part of the text.
#pragma once

namespace vitfleet::app::scripts {

// $1: a program or nothing, $2: version. Prints "agent PATH", or what the system has.
inline constexpr const char* findAgent = R"sh(
for a in "$1" "$HOME/.local/share/vitfleet/$2/bin/vitfleet-agent" "$(command -v vitfleet-agent)" /usr/bin/vitfleet-agent; do
  if [ -n "$a" ] && [ -x "$a" ]; then echo "agent $a"; exit 0; fi
done
echo "libc $(getconf GNU_LIBC_VERSION 2>/dev/null)"
echo "machine $(uname -m)"
)sh";

// $1: the agent. Prints what is missing, if anything.
inline constexpr const char* checkAgent = R"sh(
"$1" --version >/dev/null 2>&1 && exit 0
ldd "$1" 2>&1 | grep -e 'not found' | sed 's/^[[:space:]]*//' | head -n 5
"$1" --version 2>&1 | head -n 2
)sh";

// $1: version; the archive on standard input.
inline constexpr const char* unpack = R"sh(
set -e
umask 077
mkdir -p "$HOME/.local/share/vitfleet"
cd "$HOME/.local/share/vitfleet"
rm -rf "$1.new"
mkdir "$1.new"
tar -xz -C "$1.new" --strip-components=1
rm -rf "$1"
mv "$1.new" "$1"
)sh";

// $1: folder, $2: index, $3: agent, $4: name of a unit, or nothing. Prints "unit NAME" or "pid NUMBER".
inline constexpr const char* startAgent = R"sh(
cd -- "$1" || exit 1
umask 077
if [ -n "$4" ] && command -v systemd-run >/dev/null 2>&1 && systemctl --user show-environment >/dev/null 2>&1; then
  systemd-run --user --quiet --collect --unit="$4" -p KillMode=mixed -p TimeoutStopSec=30 \
    -p "StandardOutput=append:$1/agent-$2.log" -p "StandardError=append:$1/agent-$2.log" \
    "$3" serve --launch-folder "$1" --launch-index "$2" </dev/null >&2 && echo "unit $4"
else
  setsid sh -c 'echo $$ >"pid-$2.new" && mv "pid-$2.new" "pid-$2" &&
    exec "$3" serve --launch-folder "$1" --launch-index "$2"' vitfleet "$1" "$2" "$3" \
    </dev/null >>"agent-$2.log" 2>&1 &
  echo "pid $!"
fi
)sh";

// $1: folder, $2: prefix of units, then indexes. A line each: "INDEX unit|pid NUMBER|gone REASON". A process is ours
// only where its command line names this very folder and index.
inline constexpr const char* lookAt = R"sh(
folder=$1
prefix=$2
shift 2
cd -- "$folder" 2>/dev/null || { for i in "$@"; do echo "$i gone its launch folder is gone"; done; exit 0; }
for i in "$@"; do
  state=gone
  if [ -f "pid-$i" ]; then
    pid=$(cat "pid-$i")
    line=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
    case "$line" in *" serve --launch-folder $folder --launch-index $i ") state="pid $pid" ;; esac
  elif systemctl --user is-active --quiet "$prefix-$i.service" 2>/dev/null; then
    state=unit
  fi
  if [ "$state" = gone ]; then echo "$i gone $(tail -n 1 "agent-$i.log" 2>/dev/null)"; else echo "$i $state"; fi
done
)sh";

// The same arguments: TERM, and KILL for those that are still there half a minute later.
inline constexpr const char* endAgents = R"sh(
folder=$1
prefix=$2
shift 2
cd -- "$folder" 2>/dev/null || exit 0
for i in "$@"; do
  if [ -f "pid-$i" ]; then
    pid=$(cat "pid-$i")
    line=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
    case "$line" in *" serve --launch-folder $folder --launch-index $i ")
      kill -TERM "$pid"
      setsid sh -c 'sleep 30
        line=$(tr "\0" " " <"/proc/$1/cmdline" 2>/dev/null)
        case "$line" in *" serve --launch-folder $2 --launch-index $3 ") kill -KILL "$1" ;; esac
        ' vitfleet "$pid" "$folder" "$i" </dev/null >/dev/null 2>&1 & ;;
    esac
  else
    systemctl --user stop --no-block "$prefix-$i.service" 2>/dev/null
  fi
done
exit 0
)sh";

} // namespace vitfleet::app::scripts
