//! How findings name certificates, files and lists.

use crate::kubernetes::KubernetesVersion;
use crate::lint::Related;
use crate::model::{Setting, Setup, TrustBundle};
use crate::text::Origin;
use crate::x509::Certificate;

/// A certificate by its subject.
pub(crate) fn subject(certificate: &Certificate) -> String {
    let name = certificate.subject.to_string();
    if name.is_empty() { "a CA without a name".to_owned() } else { name }
}

/// A certificate by its subject and the beginning of its fingerprint, where subjects alone could be confused.
pub(crate) fn subject_and_fingerprint(certificate: &Certificate) -> String {
    let fingerprint = certificate.fingerprint();
    format!("{} (SHA-256 {})", subject(certificate), fingerprint.get(..16).unwrap_or(&fingerprint))
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<S: AsRef<str>>(items: &[S], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {conjunction} {}", first.join(", "), last.as_ref())
        }
    }
}

/// Each name in back-ticks, so that blanks and quotes in it are seen.
pub(crate) fn quoted<S: AsRef<str>>(names: &[S], conjunction: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    list(&names, conjunction)
}

pub(crate) fn related(origin: &Origin, label: impl Into<String>) -> Related {
    Related { origin: origin.clone(), label: label.into() }
}

/// What to type so that the front proxy has a CA of its own.
pub(crate) fn separate_ca(setup: &Setup) -> String {
    let directory = new_directory(setup);
    // A client of that name was issued by the CA that is to go; `init` keeps it under a dated name.
    let client = format!("{directory}/front-proxy-client.crt");
    let force = if setup.options.proxy_client_cert_file.path() == Some(&client) { " --force" } else { "" };
    let separate = format!(
        "aggcert init {directory}{force}, then start kube-apiserver with \
         --requestheader-client-ca-file={directory}/front-proxy-ca.crt \
         --requestheader-allowed-names=front-proxy-client \
         --proxy-client-cert-file={directory}/front-proxy-client.crt \
         --proxy-client-key-file={directory}/front-proxy-client.key"
    );
    if setup.is_config_map() { format!("{separate}; when every server has it: {REWRITE_CONFIG_MAP}") } else { separate }
}

/// Where a new CA goes: beside the client CA, but not where one is in use.
fn new_directory(setup: &Setup) -> String {
    let options = &setup.options;
    let directory = options
        .client_ca_file
        .path()
        .and_then(|path| path.rsplit_once('/'))
        .map_or("/etc/kubernetes/pki", |(directory, _)| directory);
    if options.requestheader_client_ca_file.path() == Some(&format!("{directory}/front-proxy-ca.crt")) {
        format!("{directory}/front-proxy")
    } else {
        directory.to_owned()
    }
}

/// What the start-up test of kube-apiserver 1.35 does about certificates that stand in both files while no name is
/// required.
pub(crate) fn overlap_test(version: Option<KubernetesVersion>, byte_equal: bool) -> String {
    let first = KubernetesVersion::REFUSES_OVERLAP;
    match version {
        _ if !byte_equal => format!(
            "The server starts: the test that {first} brought compares certificates byte for byte and misses this."
        ),
        Some(version) if version >= first => {
            format!("kube-apiserver {version} refuses to start because of it; versions before {first} start.")
        }
        Some(version) => format!("kube-apiserver {version} starts with it; {first} and later refuse to."),
        None => format!("Before {first} the server starts with it; {first} and later refuse to."),
    }
}

/// The requestheader CA by name, or by its file.
pub(crate) fn requestheader_ca(setup: &Setup) -> String {
    match setup.requestheader_client_ca.loaded() {
        Some(bundle) => {
            let mut names: Vec<String> = bundle.certificates().map(subject).collect();
            names.dedup();
            list(&names, "or")
        }
        None => format!("the CA in {}", as_written(&setup.options.requestheader_client_ca_file)),
    }
}

/// The path or expression that a flag has; empty when it is absent.
pub(crate) fn as_written(setting: &Setting<String>) -> &str {
    match setting {
        Setting::Given(given) => &given.value.value,
        Setting::Opaque(expression) => &expression.value,
        Setting::Absent => "",
    }
}

/// The flag that requires the proxy client's own name.
pub(crate) fn allow_name(setup: &Setup) -> String {
    let name = setup
        .proxy_client
        .loaded()
        .map(|file| file.leaf.value.subject.common_name())
        .filter(|name| !name.is_empty() && !name.contains([',', '"', '\n']))
        .unwrap_or("front-proxy-client");
    at_the_servers(setup, format!("--requestheader-allowed-names={name}"))
}

/// A change of flags or files, and where: a ConfigMap's are those of the servers that publish it.
pub(crate) fn at_the_servers(setup: &Setup, change: String) -> String {
    if setup.is_config_map() { format!("on every kube-apiserver: {change}") } else { change }
}

/// What holds a bundle's certificates: its file, or the file of the servers that publish it.
pub(crate) fn place(setup: &Setup, flag: &str, bundle: &TrustBundle) -> String {
    if setup.is_config_map() { format!("the file of --{flag} on every kube-apiserver") } else { bundle.path.clone() }
}

/// Takes something out of a bundle; out of the ConfigMap once no server puts it there again.
pub(crate) fn take_out(what: &str, setup: &Setup, flag: &str, bundle: &TrustBundle) -> String {
    let change = format!("take {what} out of {}", place(setup, flag, bundle));
    if setup.is_config_map() { format!("{change}, then: {REWRITE_CONFIG_MAP}") } else { change }
}

/// Takes one key out of the ConfigMap; kube-apiserver writes it again.
pub(crate) fn drop_key(key: &str) -> String {
    format!(
        "kubectl -n kube-system patch configmap extension-apiserver-authentication --type=merge -p \
         '{{\"data\":{{\"{key}\":null}}}}'"
    )
}

/// Makes every kube-apiserver write its own part of the ConfigMap anew; nothing else takes an old part out.
pub(crate) const REWRITE_CONFIG_MAP: &str =
    "kubectl -n kube-system delete configmap extension-apiserver-authentication";

/// The beginning of a sentence.
pub(crate) fn with_capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
