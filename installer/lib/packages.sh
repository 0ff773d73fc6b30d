# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Debian's packages: what is needed, what is missing, how it gets here. docs/dependencies.md says what each is for.

packagesToBuild=(
  build-essential cmake ninja-build ccache pkg-config
  qt6-base-dev qt6-base-dev-tools qt6-l10n-tools qt6-svg-dev libgl1-mesa-dev
  qt6-qpa-plugins libqt6svg6 qt6-translations-l10n fonts-dejavu-core
  cppzmq-dev libzmq3-dev flatbuffers-compiler libflatbuffers-dev
  libopencv-core-dev libopencv-imgcodecs-dev libjpeg-dev libtiff-dev
  libsqlitecpp-dev libsqlite3-dev
  libcli11-dev libspdlog-dev nlohmann-json3-dev libtomlplusplus-dev
  libsodium-dev libxxhash-dev libseccomp-dev zlib1g-dev
  ca-certificates python3 python3-pip unzip
)
packagesToTest=(
  librapidcheck-dev libbenchmark-dev clang-format binutils sqlite3
  iproute2 nftables
  dbus-daemon xvfb xauth x11-apps xdotool imagemagick chromium
  slurmctld slurmd slurm-client munge openssh-server openssh-client systemd
)
# The OpenMP build of OpenBLAS obeys at::set_num_threads; the pthread build keeps threads of its own, which then
# compete with our one pinned replica a core.
aptRuns=0
packagesOfDebianTorch=(libtorch-dev libopenblas0-openmp)

# Prints those of its arguments that are not installed.
missingPackages() {
  local name installed
  # It fails, and still lists the others, where it has never heard of one.
  installed=" $({ dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true; } |
    sed -n 's/^ii  *//p' | tr '\n' ' ') "
  for name in "$@"; do
    [[ "$installed" == *" $name "* ]] || printf '%s\n' "$name"
  done
}

isSupportedSystem() {
  [[ -r /etc/os-release ]] || return 1
  (
    # shellcheck source=/dev/null
    . /etc/os-release
    [[ "${ID:-}" == debian && "${VERSION_ID:-}" == 12 ]]
  )
}

# Runs a command as root, or says in one sentence what the user has to do.
asRoot() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n true 2>/dev/null || note "sudo asks for your password to install packages"
    sudo -E "$@"
  else
    return 126
  fi
}

aptGet() {
  asRoot env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o APT::Color=0 "$@" </dev/null
}

installPackages() {
  asRoot env DEBIAN_FRONTEND=noninteractive bash "$root/installer/lib/install-packages.sh" "$@"
}

# ensurePackages WHAT PACKAGE...: installs those that are missing; quick where none is.
ensurePackages() {
  local what=$1 missing
  shift
  if [[ "${VITFLEET_SKIP_PACKAGES:-}" == 1 ]]; then
    skipped "packages $what" "VITFLEET_SKIP_PACKAGES=1"
    return 0
  fi
  if ! isSupportedSystem; then
    fail 3 "VitFleet's set-up knows Debian 12 only: install what corresponds to the following packages by hand, then run this again with VITFLEET_SKIP_PACKAGES=1: $*"
  fi
  # A command substitution, unlike <(…), passes a failure on.
  missing=$(missingPackages "$@")
  mapfile -t missing <<<"$missing"
  if [[ -z "${missing[0]}" ]]; then missing=(); fi
  if [[ ${#missing[@]} -eq 0 ]]; then
    skipped "packages $what" "all ${#} are installed"
    return 0
  fi
  if [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; then
    fail 3 "Installing packages needs root or sudo: as root, run: apt-get install --no-install-recommends ${missing[*]}"
  fi
  refreshPackageLists
  aptRuns=$((aptRuns + 1))
  step "install ${#missing[@]} packages $what" "apt-install-$aptRuns" \
    "Install them by hand (as root: apt-get install --no-install-recommends ${missing[*]}) and run this again." \
    installPackages "${missing[@]}"
}

# Once in a run, and only where something is missing. Without a network the lists at hand may do.
refreshPackageLists() {
  local start
  [[ -z "${packageListsFresh:-}" ]] || return 0
  packageListsFresh=1
  say "==> apt-get update ..."
  start=$(now)
  mkdir -p "$logDir"
  if aptGet update >"$logDir/apt-update.log" 2>&1; then
    note "done in $(since "$start")"
  else
    tail -n 5 "$logDir/apt-update.log" | sed 's/^/    | /'
    note "failed after $(since "$start"); going on with the package lists at hand"
  fi
}
