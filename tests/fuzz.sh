#!/usr/bin/env bash
# Sends ten million mutated inputs through every reader of requests, answers and frames (tests/PolicyGateway.Fuzzing), some
# ten minutes on two cores. Arguments are passed on: --inputs N, --seed N, --target NAME, --keep, --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec dotnet run -c Release --project tests/PolicyGateway.Fuzzing -- "$@"
