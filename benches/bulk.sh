#!/bin/sh
# How many set-ups a second `aggcert check` judges, and with how much memory: 100, 1000 and 10 000 nodes, each with a PKI
# of its own and a finding, so that memory can be seen not to grow with their number. Needs GNU time.
#
#   cargo build --release && benches/bulk.sh [AGGCERT]
#
# The goal is 6000 set-ups a second on two cores. Where other programs run, the seconds of CPU say more than the clock.
set -eu

aggcert=$(realpath "${1:-target/release/aggcert}")
manifest=$(realpath "$(dirname "$0")/../fixtures/examples/shared-ca/etc/kubernetes/manifests/kube-apiserver.yaml")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# One node as it is copied for an audit: without its keys.
cat >"$directory/make" <<SH
set -e
kubernetes="$directory/nodes/\$1/etc/kubernetes"
mkdir -p "\$kubernetes/manifests"
cp "$manifest" "\$kubernetes/manifests"
"$aggcert" init "\$kubernetes/pki" >/dev/null
mv "\$kubernetes/pki/front-proxy-ca.crt" "\$kubernetes/pki/ca.crt"
rm "\$kubernetes/pki/"*.key
SH

made=0
for number in 100 1000 10000; do
    seq "$made" $((number - 1)) | xargs -P "$(nproc)" -n 1 sh "$directory/make"
    made=$number
    # Once to warm the cache of the file system, once to measure. 1 is the exit code for findings.
    "$aggcert" check "$directory/nodes" --format concise >/dev/null || [ $? -eq 1 ]
    /usr/bin/time -q -o "$directory/time" -f '%e %U %S %M' \
        "$aggcert" check "$directory/nodes" --format concise >/dev/null || [ $? -eq 1 ]
    awk -v number="$number" '{
        cpu = $2 + $3
        printf "%6d set-ups: %.0f a second (goal 6000 on two cores), %.0f a second of CPU, %.1f MB\n",
            number, number / ($1 + 0.001), number / (cpu + 0.001), $4 / 1024
    }' "$directory/time"
done
