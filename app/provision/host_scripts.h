// SPDX-License-Identifier: GPL-3.0-or-later
// What is run on a host to find, start, look at and end agents: texts for a POSIX shell whose values are positional
// parameters, never part of the text.
#pragma once

namespace vitfleet::app::scripts {

// $1: a program or nothing, $2: version. Prints "agent PATH", or what the system has.
inline constexpr const char* findAgent = R"sh(
case "$1" in "~/"*) set -- "$HOME/${1#??}" "$2" ;; esac
for a in "$1" "$HOME/.local/share/vitfleet/$2/bin/vitfleet-agent" "$(command -v vitfleet-agent)" /usr/bin/vitfleet-agent; do
  if [ -n "$a" ] && [ -x "$a" ]; then
    case "$a" in /*) ;; *) a=$PWD/$a ;; esac
    echo "agent $a"
    exit 0
  fi
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

// Before each of the following. A session that PAM knows nothing of finds the user's manager all the same. A process is
// ours only where its command line names this very folder and index: as the agent, or on its way to become it.
inline constexpr const char* common = R"sh(
[ -n "$XDG_RUNTIME_DIR" ] || export XDG_RUNTIME_DIR="/run/user/$(id -u)"
isOurs() {
  [ -f "pid-$2" ] || return 1
  pid=$(cat "pid-$2")
  line=$(tr '\0' ' ' <"/proc/$pid/cmdline") || return 1
  case "$line" in
    *" serve --launch-folder $1 --launch-index $2 " | *"start-$2 $1 $2 "* | *" vitfleet $1 $2 "*) return 0 ;;
  esac
  return 1
}
exec 2>/dev/null
)sh";

// $1: folder, $2: index, $3: agent, $4: name of a unit, or nothing. Prints "unit NAME" or "pid NUMBER". Both ways leave
// the process's number in a file; that of a unit says besides that systemd ends it. The script is a file, for systemd
// would take a "$" in an argument for a variable.
inline constexpr const char* startAgent = R"sh(
[ -n "$XDG_RUNTIME_DIR" ] || export XDG_RUNTIME_DIR="/run/user/$(id -u)"
cd -- "$1" || exit 1
umask 077
cat >"start-$2" <<'END'
cd -- "$1" && echo $$ >"pid-$2.new" && mv -f "pid-$2.new" "pid-$2" &&
  exec "$3" serve --launch-folder "$1" --launch-index "$2"
END
if [ -n "$4" ] && command -v systemd-run >/dev/null 2>&1 && systemctl --user show-environment >/dev/null 2>&1; then
  : >"unit-$2"
  systemd-run --user --quiet --collect --unit="$4" -p KillMode=mixed -p TimeoutStopSec=30 \
    -p "StandardOutput=append:$1/agent-$2.log" -p "StandardError=append:$1/agent-$2.log" \
    /bin/sh "$1/start-$2" "$1" "$2" "$3" </dev/null >&2 && echo "unit $4"
else
  setsid sh "start-$2" "$1" "$2" "$3" </dev/null >>"agent-$2.log" 2>&1 &
  # Whoever looks next must find it, even if it has not got so far as to say so itself.
  echo "$!" >"pid-$2.here" && mv -f "pid-$2.here" "pid-$2"
  echo "pid $!"
fi
)sh";

// $1: folder, $2: prefix of units, then indexes. A line each: "INDEX unit|pid NUMBER|gone REASON". A unit that is only
// just starting has no process yet; one that finishes its work is "deactivating" and still there. The reason is what
// the agent said last, unless that was mere news: one that was killed has none.
inline constexpr const char* lookAt = R"sh(
folder=$1
prefix=$2
shift 2
cd -- "$folder" || { for i in "$@"; do echo "$i gone its launch folder is gone"; done; exit 0; }
for i in "$@"; do
  state=gone
  if isOurs "$folder" "$i"; then
    state="pid $pid"
    [ ! -f "unit-$i" ] || state=unit
  elif [ -f "unit-$i" ]; then
    case "$(systemctl --user show -p ActiveState --value "$prefix-$i.service")" in
      active | activating | reloading | deactivating) state=unit ;;
    esac
  fi
  if [ "$state" = gone ]; then echo "$i gone $(tail -n 1 "agent-$i.log" | sed '/^[^ ]* info /d')"; else echo "$i $state"; fi
done
exit 0
)sh";

// The same arguments: TERM, and KILL for those that are still there half a minute later. systemd does that for its
// units; where it cannot be asked, so is the process.
inline constexpr const char* endAgents = R"sh(
folder=$1
prefix=$2
shift 2
cd -- "$folder" || exit 0
for i in "$@"; do
  if [ -f "unit-$i" ] && systemctl --user stop --no-block "$prefix-$i.service"; then continue; fi
  isOurs "$folder" "$i" || continue
  kill -TERM "$pid"
  setsid sh -c 'sleep 30
    line=$(tr "\0" " " <"/proc/$1/cmdline" 2>/dev/null)
    case "$line" in *" serve --launch-folder $2 --launch-index $3 ") kill -KILL "$1" ;; esac
    ' vitfleet "$pid" "$folder" "$i" </dev/null >/dev/null 2>&1 &
done
exit 0
)sh";

} // namespace vitfleet::app::scripts
