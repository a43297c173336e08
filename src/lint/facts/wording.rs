//! How findings name certificates, files and lists.

use crate::kubernetes::{Component, KubernetesVersion};
use crate::lint::{Fix, Related};
use crate::model::{AllowedNames, PathFlag, Setup, TrustBundle};
use crate::source::formats::layouts::KUBEADM;
use crate::text::{Located, Origin, operand, shell_command};
use crate::x509::Certificate;

use super::directory::{directory_on_node, file_on_node, in_its_container, is_in_volume};
use super::flags::{list_flag, meant_names, meant_path};
use super::host::path_on_node;

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
pub(crate) fn list<S: AsRef<str>>(items: impl IntoIterator<Item = S>, conjunction: &str) -> String {
    let items: Vec<S> = items.into_iter().collect();
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} {conjunction} {last}", first.join(", ")),
        None => String::new(),
    }
}

/// Each name in back-ticks, so that blanks and quotes in it are seen.
pub(crate) fn quoted<S: AsRef<str>>(names: impl IntoIterator<Item = S>, conjunction: &str) -> String {
    list(names.into_iter().map(|name| format!("`{}`", name.as_ref())), conjunction)
}

pub(crate) fn related(origin: &Origin, label: impl Into<String>) -> Related {
    Related { origin: origin.clone(), label: label.into() }
}

const FIRST_CA: &str = "Give the front proxy a CA of its own: make it once, copy the files to every control-plane node, and start \
     kube-apiserver with these flags, one node after the other.";

const ANOTHER_CA: &str = "Give the front proxy a CA of its own: make it once, and copy the files to every control-plane node. Add the \
     new CA to the ConfigMap extension-apiserver-authentication, with the command that `aggcert check CONFIGMAP DIRECTORY` \
     prints for the ConfigMap in a file and the new directory, given without the servers, and to the --requestheader-client-ca-file of each extension API server that has one. Then start \
     kube-apiserver with these flags, one node after the other. When every server has them, take the old CA out of the \
     ConfigMap: extension API servers trust it until then. Given the ConfigMap beside the servers, check prints the \
     command.";

/// A CA of the front proxy's own, in files that nothing uses yet: what runs goes on until it is started again. The old one
/// stays in the ConfigMap, where kube-apiserver only adds.
pub(crate) fn separate_ca(setup: &Setup) -> Fix {
    let seen = new_directory(setup);
    let directory = operand(&seen);
    // A Pod sees directories of its node elsewhere.
    let made = directory_on_node(setup, &seen).map(|directory| operand(&directory));
    let made =
        made.unwrap_or_else(|| if is_in_volume(setup, &seen) { "front-proxy".into() } else { directory.clone() });
    let in_use = name_in_use(setup).unwrap_or(USUAL_NAME);
    // A new client is not called as others are; the name before stays allowed until no client has it.
    let name = if is_carried_by_others(in_use) { USUAL_NAME } else { in_use };
    let names: &[&str] = if name == in_use { &[name] } else { &[name, in_use] };
    let command = of_client_named(&shell_command(&["aggcert", "init", &made]), name);
    let sentence = if setup.requestheader_client_ca.is_not_given() { FIRST_CA } else { ANOTHER_CA };
    let is_old_unnamed = name_in_use(setup).is_none() && setup.allowed_names() == Ok(AllowedNames::Any);
    let fix = Fix { own_ca: true, ..Fix::from(sentence) }
        .saying(|this| match is_old_unnamed && !setup.proxy_client.is_not_given() {
            true => format!(
                "{this} Today every name is accepted, and the first server that lists one ends that for all: with \
             --client-common-name give the new client the name of the old one."
            ),
            false => this.to_owned(),
        })
        .shell(command)
        .flag(format!("--requestheader-client-ca-file={directory}/front-proxy-ca.crt"))
        .flag(list_flag("requestheader-allowed-names", names))
        .flags(client_flags(&directory));
    in_its_container(setup, &seen, fix)
}

pub(crate) const CLIENT_NAME: &str = "--client-common-name";

/// The command that makes a CA of the front proxy's own, with a client of this name in the place of another.
pub(crate) fn of_client_named(init: &str, name: &str) -> String {
    let (init, _) = init.rsplit_once(&format!(" {CLIENT_NAME} ")).unwrap_or((init, ""));
    if name == USUAL_NAME { init.to_owned() } else { format!("{init} {}", shell_command(&[CLIENT_NAME, name])) }
}

/// Names that Kubernetes' components, its documentation and installers give to users and servers.
const COMMON: &[&str] = &[
    "admin",
    "apiserver",
    "cluster-admin",
    "etcd",
    "kube-admin",
    "kube-apiserver",
    "kube-apiserver-etcd-client",
    "kube-apiserver-kubelet-client",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
    "kubernetes",
    "kubernetes-admin",
    "kubernetes-super-admin",
    "root",
    "service-accounts",
];

/// Whether a name is one of those, or one of Kubernetes itself. Names below `system:` that installers give to front proxies
/// are not: `system:auth-proxy`, `system:openshift-aggregator`.
pub(crate) fn is_carried_by_others(name: &str) -> bool {
    let is_front_proxy = (name.contains("proxy") || name.contains("aggregator")) && name != "system:kube-proxy";
    COMMON.contains(&name) || name.starts_with("system:") && !is_front_proxy
}

/// What `init` and kubeadm call the client.
pub(crate) const USUAL_NAME: &str = "front-proxy-client";

/// The name of the client that is in use, which a new one keeps: extension API servers get the names of all
/// kube-apiservers, and where one lists a name, they refuse the clients with other names of those that list none
/// (pkg/controlplane/controller/clusterauthenticationtrust, `combinedClusterAuthenticationInfo`). `None`: not known here.
fn name_in_use(setup: &Setup) -> Option<&str> {
    let client = setup.proxy_client.loaded().map(|file| file.leaf.value.subject.common_name());
    let client = client.filter(|name| !name.trim().is_empty());
    let listed = setup.options.requestheader_allowed_names.entries().unwrap_or_default();
    if client.is_some_and(|name| listed.contains(&name)) {
        return client;
    }
    match usable_names(setup).as_slice() {
        [] => client,
        allowed => allowed.iter().find(|name| **name == USUAL_NAME).or(allowed.first()).copied(),
    }
}

/// The names that are allowed, as they were meant, and no `*`, which is no pattern: what a new client may be called.
pub(crate) fn usable_names(setup: &Setup) -> Vec<&str> {
    let listed = setup.options.requestheader_allowed_names.given().map(|given| given.value.value.as_slice());
    let mut names = meant_names(listed.unwrap_or_default());
    names.retain(|name| !name.contains('*'));
    names
}

/// Adds a list of names to what makes a CA one for front proxies where there is none: with the CA alone every certificate of
/// it would be one.
pub(crate) fn with_first_names(setup: &Setup, fix: Fix) -> Fix {
    if setup.allowed_names() != Ok(AllowedNames::Any) {
        return fix;
    }
    let name = name_in_use(setup).unwrap_or(USUAL_NAME);
    fix.saying(|this| format!("{this} With no name beside it, every certificate of that CA would be a front proxy's."))
        .flag(list_flag("requestheader-allowed-names", &[name]))
}

/// The client that `init` makes.
pub(crate) fn client_flags(directory: &str) -> [String; 2] {
    [
        format!("--proxy-client-cert-file={directory}/front-proxy-client.crt"),
        format!("--proxy-client-key-file={directory}/front-proxy-client.key"),
    ]
}

/// Where a new CA goes: beside the client CA, but not where one is in use, nor where something lies beside one that is: it
/// may not fit together. Which files are in use is not known of what is no kube-apiserver.
fn new_directory(setup: &Setup) -> String {
    let beside = setup.client_ca.path().map(meant_path).unwrap_or_default();
    let beside = beside.rsplit_once('/').map(|(directory, _)| directory).filter(|directory| !directory.is_empty());
    let beside = beside.unwrap_or(KUBEADM.directory);
    let paths = [&setup.requestheader_client_ca.flag, &setup.proxy_client.flag, &setup.proxy_client_key.flag];
    let lie_there = setup.keys_on_host.iter().filter(|_| !setup.requestheader_client_ca.is_not_given());
    let lie_there: Vec<&str> = lie_there.map(|key| path_on_node(setup, &key.path)).collect();
    let is_in_use = |directory: &String| {
        let files = format!("{directory}/front-proxy-");
        let named = paths.iter().filter_map(|path| path.path().map(meant_path));
        named.chain(lie_there.iter().map(|path| (*path).to_owned())).any(|path| path.starts_with(&files))
    };
    let candidates = ["", "/front-proxy", "/front-proxy-2"].map(|name| format!("{beside}{name}"));
    let known = setup.invocation.component == Component::KubeApiserver;
    candidates
        .into_iter()
        .skip(usize::from(!known))
        .find(|directory| !is_in_use(directory))
        .unwrap_or_else(|| format!("{beside}/front-proxy-3"))
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
        None => format!("the CA in {}", setup.requestheader_client_ca.flag.as_written()),
    }
}

/// Requires these names, or the proxy client's own where there are none. Another name than its own would end what works,
/// so none is made up.
pub(crate) fn allow_name(setup: &Setup, names: &[&str]) -> Fix {
    const FLAG: &str = "requestheader-allowed-names";
    let client = setup.proxy_client.loaded().map(|file| file.leaf.value.subject.common_name());
    let own = client.filter(|name| !name.trim().is_empty());
    let names = if names.is_empty() { own.as_slice() } else { names };
    if !names.is_empty() {
        return at_the_servers(setup, Fix::from("Allow front proxies by name.").flag(list_flag(FLAG, names)));
    }
    let fix = Fix::from(format!("Allow the common name of the proxy client with --{FLAG}; it was not seen here."));
    match setup.proxy_client.path().filter(|_| client.is_none()) {
        Some(path) => {
            fix.command(&["openssl", "x509", "-noout", "-subject", "-in", &operand(&file_on_node(setup, path))])
        }
        None => fix,
    }
}

/// Names as they were meant, or, where none was, as [`allow_name`]: an empty list would allow every name.
pub(crate) fn correct_names(setup: &Setup, sentence: &str, names: &[Located<String>]) -> Fix {
    match meant_names(names).as_slice() {
        [] => allow_name(setup, &[]),
        meant => at_the_servers(setup, Fix::from(sentence).flag(list_flag("requestheader-allowed-names", meant))),
    }
}

/// A change of flags or files, and where: a ConfigMap's are those of the servers that publish it.
pub(crate) fn at_the_servers(setup: &Setup, fix: Fix) -> Fix {
    if setup.reads_config_map() { fix.saying(|this| format!("On every kube-apiserver: {this}")) } else { fix }
}

/// What holds a bundle's certificates: its file, or the file of the servers that publish it.
pub(crate) fn place(flag: &PathFlag, bundle: &TrustBundle) -> String {
    if flag.is_key() { format!("the file of --{} on every kube-apiserver", flag.name) } else { bundle.path.clone() }
}

/// Takes something out of a bundle; out of the ConfigMap once no server puts it there again.
pub(crate) fn take_out(what: &str, flag: &PathFlag, bundle: &TrustBundle) -> Fix {
    let fix = Fix::from(format!("Take {what} out of {}.", place(flag, bundle)));
    if !flag.is_key() {
        return fix;
    }
    fix.saying(|this| format!("{this} Then take it out of the ConfigMap, as configmap-stale-ca says."))
}

/// Takes one key out of the ConfigMap; kube-apiserver writes it again.
pub(crate) fn drop_key(key: &str) -> Fix {
    let patch = format!("{{\"data\":{{\"{key}\":null}}}}");
    let configmap = "extension-apiserver-authentication";
    Fix::from(format!("Take {key} out of the ConfigMap; kube-apiserver writes its own again within a minute."))
        .command(&["kubectl", "-n", "kube-system", "patch", "configmap", configmap, "--type=merge", "-p", &patch])
}

/// The beginning of a sentence.
pub(crate) fn with_capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
