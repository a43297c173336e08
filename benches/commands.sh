#!/bin/sh
# Compares whole commands, start to end, with the tools that people use instead. Needs hyperfine; whatever else is not
# installed is left out. The summaries of hyperfine are the ratios.
#
#   cargo build --release && benches/commands.sh [AGGCERT]
#
# aggcert flushes what it makes to the disk and the others do not: on a slow or busy disk give TMPDIR=/dev/shm to
# compare the work alone.
set -eu

given=$(realpath "${1:-target/release/aggcert}")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
# As one that is installed: what a linker wrote lies in single pages in the cache of the file system, which takes a third longer
# to map than what was copied or read from a disk, as the others were.
aggcert=$directory/aggcert
cp "$given" "$aggcert"

has() {
    command -v "$1" >/dev/null 2>&1 && return
    echo "$1 is not installed: left out" >&2
    return 1
}

has hyperfine || exit 1

# init: a CA and a client, ECDSA P-256.

cat >ca.json <<'JSON'
{"CN": "front-proxy-ca", "key": {"algo": "ecdsa", "size": 256}, "ca": {"expiry": "87600h", "pathlen": 0}}
JSON
cat >client.json <<'JSON'
{"CN": "front-proxy-client", "key": {"algo": "ecdsa", "size": 256}}
JSON
cat >cfssl.json <<'JSON'
{"signing": {"default": {"expiry": "8760h", "usages": ["digital signature", "client auth"]}}}
JSON
cat >cfssl.sh <<'SH'
set -e
cfssl gencert -loglevel 5 -initca ca.json | cfssljson -bare made/ca
cfssl gencert -loglevel 5 -ca made/ca.pem -ca-key made/ca-key.pem -config cfssl.json client.json |
    cfssljson -bare made/client
SH

cat >client.ext <<'EXT'
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
EXT
cat >openssl.sh <<'SH'
set -e
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout made/ca.key -out made/ca.crt \
    -subj /CN=front-proxy-ca -days 3650 -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout made/client.key -out made/client.csr \
    -subj /CN=front-proxy-client 2>/dev/null
openssl x509 -req -in made/client.csr -CA made/ca.crt -CAkey made/ca.key -days 365 -extfile client.ext \
    -out made/client.crt 2>/dev/null
SH

cat >ca.cfg <<'CFG'
cn = front-proxy-ca
ca
cert_signing_key
expiration_days = 3650
CFG
cat >client.cfg <<'CFG'
cn = front-proxy-client
signing_key
tls_www_client
expiration_days = 365
CFG
cat >certtool.sh <<'SH'
set -e
certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile made/ca.key 2>/dev/null
certtool --generate-self-signed --load-privkey made/ca.key --template ca.cfg --outfile made/ca.crt 2>/dev/null
certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile made/client.key 2>/dev/null
certtool --generate-certificate --load-privkey made/client.key --load-ca-privkey made/ca.key \
    --load-ca-certificate made/ca.crt --template client.cfg --outfile made/client.crt 2>/dev/null
SH

# kubeadm makes RSA keys unless told otherwise.
cat >kubeadm.yaml <<'YAML'
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
encryptionAlgorithm: ECDSA-P256
YAML
cat >kubeadm.sh <<SH
set -e
sed "\\\$acertificatesDir: $directory/made" kubeadm.yaml >kubeadm-here.yaml
kubeadm init phase certs front-proxy-ca --config kubeadm-here.yaml >/dev/null 2>&1
kubeadm init phase certs front-proxy-client --config kubeadm-here.yaml >/dev/null 2>&1
SH

# Once each before it counts: what does not work here must not look fast.
works() {
    rm -rf made && mkdir made
    sh "$1.sh" >/dev/null 2>&1 && return
    echo "$1 does not work here: left out" >&2
    return 1
}

set -- --warmup 3 --prepare 'rm -rf made && mkdir made' --command-name 'aggcert init' "$aggcert init made"
for peer in cfssl openssl certtool kubeadm; do
    if has "$peer" && works "$peer"; then
        set -- "$@" --command-name "$peer" "sh $peer.sh"
    fi
done
hyperfine "$@"

# check: the whole set-up here, one chain there.

rm -rf made
"$aggcert" init made >/dev/null
if "$aggcert" check made >/dev/null 2>&1 && has openssl; then
    hyperfine --warmup 3 --shell none \
        --command-name 'aggcert check' "$aggcert check made" \
        --command-name 'openssl verify' \
        'openssl verify -x509_strict -purpose sslclient -CAfile made/front-proxy-ca.crt made/front-proxy-client.crt'
fi
