#!/usr/bin/env bash
# Runs the commands that README.md and docs/*.md show with their output, and compares what they print, times and rates aside.
# Such a command is a line "$ COMMAND" in a block of code; what it prints stands below it, up to the next one. They run in an empty
# folder with the pictures of samples/, on the CPU, with the bundled network. Needs a Release build.
# Usage: .ci/check-docs.sh [FILE...]    default: README.md docs/*.md
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
(($#)) || set -- README.md docs/*.md

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/sessions" "$work/run"
ln -s "$root/samples" "$work/run/samples"
program() { printf '#!/bin/sh\nexec dotnet "%s/%s" "$@"\n' "$root" "$2" > "$work/bin/$1" && chmod +x "$work/bin/$1"; }
program vgg Cli/bin/Release/net10.0/vgg.dll
program weights-tools weights-tools/bin/Release/net10.0/weights-tools.dll

# What one user has set and fetched does not count.
while read -r variable; do unset "$variable"; done < <(compgen -e VGG_)
export VGG_DEVICE=cpu XDG_CONFIG_HOME=$work/home XDG_CACHE_HOME=$work/home PATH=$work/bin:$PATH

masked() { sed -E 's/ +[0-9][0-9.,]* (ms|s|images\/s|GFLOP\/s|GB\/s)\b/ - \1/g; s/[[:space:]]+$//' "$1" | sed -e :end -e '/^\n*$/{$d;N;b end' -e '}'; }

# A file with the command, one with what the document shows and one with where that is, for each.
awk -v folder="$work/sessions" '
    FNR == 1 { inside = 0 }
    /^```/ { inside = !inside; name = ""; next }
    inside && /^\$ / {
        name = sprintf("%s/%04d", folder, ++count)
        print substr($0, 3) > (name ".command")
        printf "" > (name ".shown")
        print FILENAME ":" FNR > (name ".place")
        next
    }
    inside && name != "" { print > (name ".shown") }
' "$@"

failed=0
sessions=0
for command in "$work"/sessions/*.command; do
    name=${command%.command}
    sessions=$((sessions + 1))
    if ! (cd "$work/run" && timeout 60 bash -o pipefail "$command" > "$name.printed" 2> "$name.errors"); then
        printf '%s fails: %s\n' "$(cat "$name.place")" "$(cat "$command")" >&2
        cat "$name.errors" >&2
        failed=$((failed + 1))
    elif ! diff <(masked "$name.shown") <(masked "$name.printed") >&2; then
        printf '%s prints something else than it shows: %s\n' "$(cat "$name.place")" "$(cat "$command")" >&2
        failed=$((failed + 1))
    fi
done

printf '%d commands of the documents were run, %d do not print what is shown.\n' "$sessions" "$failed"
((sessions > 0 && failed == 0))
