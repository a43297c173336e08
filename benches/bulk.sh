#!/bin/sh
# How many set-ups a second `aggcert check` judges, and with how much memory: 100, 1000 and 10 000 copies of a node with
# a finding each, so that memory can be seen not to grow with their number. Needs GNU time.
#
#   cargo build --release && benches/bulk.sh [AGGCERT]
set -eu

aggcert=$(realpath "${1:-target/release/aggcert}")
node=$(realpath "$(dirname "$0")/../fixtures/examples/shared-ca")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

made=0
for number in 100 1000 10000; do
    while [ "$made" -lt "$number" ]; do
        cp -r "$node" "$directory/$made"
        made=$((made + 1))
    done
    # Once to warm the cache of the file system, once to measure. 1 is the exit code for findings.
    "$aggcert" check "$directory" --format concise >/dev/null || [ $? -eq 1 ]
    /usr/bin/time -q -o "$directory.time" -f '%e %U %S %M' \
        "$aggcert" check "$directory" --format concise >/dev/null || [ $? -eq 1 ]
    awk -v number="$number" '{
        printf "%6d set-ups: %6.0f a second, %.2f s of CPU, %.1f MB\n", number, number / $1, $2 + $3, $4 / 1024
    }' "$directory.time"
    rm -f "$directory.time"
done
