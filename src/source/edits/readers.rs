//! Programs that only read the files that they are given, or only print: any other may change what it names.

use crate::source::program::{base_name, is_wrapper};

/// Programs and functions whose words are text for people.
const PRINTERS: [&str; 22] = [
    "echo", "printf", "log", "logger", "info", "warn", "warning", "error", "err", "die", "fail", "fatal", "abort",
    "note", "msg", "usage", "debug", "print", "say", "cat", ":", "true",
];

/// How the names of functions begin that print, or look at something.
const READING_FUNCTIONS: [&str; 16] = [
    "log", "print", "echo", "check", "verify", "assert", "validate", "test", "show", "require", "wait", "backup",
    "is_", "has_", "get_", "expect",
];

/// Programs that read what they are given, take it away, or change who may.
const READERS: &str = "\
    cat ls grep egrep fgrep zgrep rg diff cmp stat test [ [[ head tail wc sha256sum sha1sum sha512sum md5sum cksum \
    less more crictl kubectl oc file find od xxd hexdump base64 jq yq sed gsed awk gawk perl ruby cut sort uniq tr \
    tar zip gzip chmod chown chgrp chattr chcon restorecon setfacl touch mkdir rm unlink rmdir readlink realpath \
    dirname basename cd pushd source . export local readonly declare for case select in cfssl cfssljson certtool \
    keytool kubeadm step aggcert kubeconform yamllint conftest kube-score kubelet kube-apiserver \
    kube-controller-manager etcdctl return";

/// Whether a command prints its words and does nothing else with them.
pub(super) fn prints<'a>(words: impl IntoIterator<Item = &'a str>) -> bool {
    let program = words.into_iter().find(|word| !is_before(word)).map(base_name);
    program.is_some_and(|name| PRINTERS.contains(&name) || name.starts_with("log_") || name.starts_with("print_"))
}

/// In other texts a command stands behind a key: `- run: cp a b`.
pub(super) fn is_before(word: &str) -> bool {
    is_wrapper(word) || matches!(word, "" | "-" | "RUN") || word.len() > 1 && word.ends_with(':')
}

/// Whether a command makes a certificate: `openssl x509` without `-req` hands one on.
pub(super) fn makes_certificates<'a>(words: impl IntoIterator<Item = &'a str>) -> bool {
    let names: Vec<&str> = words.into_iter().map(base_name).collect();
    let has = |name: &str| names.contains(&name);
    let hands_on = || has("x509") && !has("-req");
    has("cfssl") || has("cfssljson") || has("openssl") && !hands_on()
}

/// Whether a program or function is known to read alone.
pub(super) fn reads(name: &str) -> bool {
    READERS.split(' ').any(|reader| reader == name) || READING_FUNCTIONS.iter().any(|begin| name.starts_with(begin))
}
