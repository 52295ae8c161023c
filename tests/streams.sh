#!/usr/bin/env bash
# Sends 100,000 random streams of every dialect through the gate, in runs of 10,000 that each say how they went; some twenty
# minutes on two cores. A fault is told with its seed: STREAM_SEED=N STREAMS=1 runs that one stream again.
# Usage: tests/streams.sh [COUNT [SEED]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly count=${1:-100000} first=${2:-$((RANDOM * 32768 + RANDOM))} each=10000
if ! [[ "$count" =~ ^[1-9][0-9]*$ && "$first" =~ ^[0-9]+$ ]]; then
  echo "Usage: tests/streams.sh [COUNT [SEED]], both whole numbers." >&2
  exit 2
fi

export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
dotnet build tests/PolicyGateway.Tests -c Release -v quiet --nologo
for ((done = 0; done < count; done += each)); do
  size=$((count - done < each ? count - done : each))
  export STREAM_SEED=$((first + done)) STREAMS=$size
  dotnet test tests/PolicyGateway.Tests -c Release --no-build --nologo --filter FullyQualifiedName~StreamPropertyTests -v quiet \
    || { echo "A stream was not as it should be: see above. First seed $STREAM_SEED, $size streams." >&2; exit 1; }
  echo "[$SECONDS s] $((done + size)) of $count streams are as they should be (first seed $first)"
done
