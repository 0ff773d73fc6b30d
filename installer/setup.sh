# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The set-up that ./demo and ./check share: packages, LibTorch, a configured build tree. To be sourced by bash with
# `root` set to the repository. Every step looks whether it is done already, so that the next run goes on where one
# stopped. All that is written lies below build/.

# shellcheck source=installer/lib/steps.sh
. "$root/installer/lib/steps.sh"
# shellcheck source=installer/lib/packages.sh
. "$root/installer/lib/packages.sh"
# shellcheck source=installer/lib/libtorch.sh
. "$root/installer/lib/libtorch.sh"
# shellcheck source=installer/lib/parity.sh
. "$root/installer/lib/parity.sh"
# shellcheck source=installer/lib/build.sh
. "$root/installer/lib/build.sh"

# usageError SENTENCE: an option that we do not know, before anything has happened.
usageError() { fail 2 "$1. The options are listed by ./$(basename "$0") --help."; }

# wholeNumber OPTION VALUE: ends the script unless VALUE is 1, 2, 3, ...
wholeNumber() {
  [[ "$2" =~ ^[1-9][0-9]{0,8}$ ]] || usageError "$1 wants a number from 1 on, not '$2'"
}

# setUp build|test auto|wheel|debian
setUp() {
  lockSetup
  ensurePackages "to build and run" "${packagesToBuild[@]}"
  if [[ "$1" == test ]]; then
    ensurePackages "to test" "${packagesToTest[@]}"
  fi
  chooseLibtorch "$2"
  configureRelease "$1"
}
