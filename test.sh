#!/usr/bin/env bash
# Restores, builds (warnings are errors), checks the formatting and runs every test. Installs what the tests need and the
# machine lacks, by its package manager and as root only; otherwise it names what is missing and how to get it.
# The last line is "N passed, N failed"; the exit status is 0 when nothing failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# A build server that outlives the script would hold its output open in CI.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

readonly solution=PolicyGateway.sln
readonly results=TestResults/test-sh
started=$SECONDS
step() { printf '==> [%3ds] %s\n' "$((SECONDS - started))" "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  echo "0 passed, 1 failed"
  exit 1
}

# --- what the tests need -----------------------------------------------------------------------------------------------

# package NAME_OF_COMMAND -> the Debian package that has it
package() {
  case "$1" in
    node) echo nodejs ;;
    *) echo "$1" ;;
  esac
}

need_tools() {
  local missing=() command
  for command in "$@"; do
    command -v "$command" > /dev/null || missing+=("$(package "$command")")
  done
  [ ${#missing[@]} -eq 0 ] && return

  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    step "Installing ${missing[*]}"
    # The lists of a fresh machine are empty or old; an install that works without new ones saves the update.
    apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null 2>&1 \
      || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null; } \
      || fail "apt-get could not install: ${missing[*]}. Install them yourself and run ./test.sh again."
  else
    fail "Missing: ${missing[*]}. Get them with your package manager (Debian, Ubuntu: sudo apt-get install ${missing[*]};
macOS: brew install ${missing[*]/nodejs/node}) and run ./test.sh again."
  fi
}

command -v dotnet > /dev/null \
  || fail "Missing: the .NET 10 SDK. Get it from https://dotnet.microsoft.com/download/dotnet/10.0 and run ./test.sh again."
dotnet --version > /dev/null 2>&1 \
  || fail "The installed .NET SDK is not the one that global.json asks for ($(tr -d '\n' < global.json)). Installed: $(dotnet --list-sdks | tr '\n' ' ')"
# Node runs the SDKs of npm against the gateway, curl runs the command lines that the demo prints, Chromium looks at the pages.
need_tools node npm curl chromium
node_major=$(node -p 'process.versions.node.split(".")[0]')
[ "$node_major" -ge 20 ] || fail "Node $(node --version) is too old for the client tests: install Node 20 or newer."

# --- restore, build, format --------------------------------------------------------------------------------------------

step "Installing the Node client that the tests drive"
(cd tests/clients/node && npm ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error) \
  || fail "npm ci failed in tests/clients/node."

locked=()
[ "${CI:-}" = true ] && locked=(--locked-mode)
step "Restoring packages"
dotnet restore "$solution" "${locked[@]}" -v quiet || fail "dotnet restore failed."

step "Building, warnings as errors"
dotnet build "$solution" -c Release --no-restore -v quiet || fail "dotnet build failed."

# The build has just enforced style and analyzers; 'dotnet format' whole would run all of them again, for minutes.
step "Checking the formatting"
dotnet format whitespace "$solution" --no-restore --verify-no-changes \
  || fail "dotnet format found something to change: run 'dotnet format $solution'."

# --- test --------------------------------------------------------------------------------------------------------------

step "Running the tests"
rm -rf "$results"
dotnet test "$solution" -c Release --no-build --nologo --logger trx --logger 'console;verbosity=minimal' --results-directory "$results"
tested=$?

# Each test assembly writes one file; what did not pass, and what was skipped or aborted, counts as failed.
read -r passed failed < <(
  find "$results" -name '*.trx' -exec grep -ho '<Counters [^>]*>' {} + 2> /dev/null | awk '
    { total += value("total"); passed += value("passed") }
    END { printf "%d %d\n", passed, total - passed }
    function value(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }'
)

# An assembly that crashed, or was never found, leaves no failed test behind.
[ "$tested" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
[ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && failed=1
step "Done"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
