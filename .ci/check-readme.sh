#!/usr/bin/env bash
# Runs the README's first command in an empty working folder's stead and compares what it prints with the block that the README
# shows below it, times aside.
set -euo pipefail
cd "$(dirname "$0")/.."

# Times differ from run to run; the blocks of the README hold what is left.
without_times() { sed -E 's/ +[0-9.]+ ms/ - ms/; s/ +$//'; }

command=$(grep -m1 '^dotnet run' README.md)
shown=$(awk '/^<!-- output of the first command -->$/ { found = 1; next } found && /^```/ { if (inside) exit; inside = 1; next } inside' README.md)
printed=$(bash -c "$command" 2>/dev/null)
if ! diff <(printf '%s\n' "$shown" | without_times) <(printf '%s\n' "$printed" | without_times); then
    echo "The README's first command prints something else than the README shows." >&2
    exit 1
fi

echo "The README's first command prints what the README shows."
