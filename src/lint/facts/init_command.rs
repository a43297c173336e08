//! The commands that make, renew and replace the front proxy's certificates.

use crate::lint::{Context, Fix};
use crate::model::{FileFlag, KeyFile, PathFlag, Setup, TrustBundle};
use crate::source::formats::layouts::KUBEADM;
use crate::text::operand;
use crate::x509::signature::is_signed_by_key_of;
use crate::x509::{CaMisfit, Certificate, ExtendedKeyUsage};

use super::directory::{directory_on_node, file_on_node, in_its_container};
use super::flags::{list_flag, meant_path};
use super::host::{copy_of_node, path_on_node};
use super::wording::{CLIENT_NAME, USUAL_NAME, at_the_servers, client_flags, separate_ca, usable_names};

/// What `init` and kubeadm call the files.
pub(crate) const CA: &str = "front-proxy-ca.crt";
const CA_KEY: &str = "front-proxy-ca.key";
/// That of the cluster's CA (kubernetes/cmd/kubeadm/app/constants, `CAKeyName`).
const CLUSTER_CA_KEY: &str = "ca.key";
/// That of the new CA while `rotate` replaces the old one.
const NEXT_CA_KEY: &str = "front-proxy-ca.next.key";
const CLIENT: &str = "front-proxy-client.crt";
const CLIENT_KEY: &str = "front-proxy-client.key";

/// Makes what is missing. A CA whose key is there had a certificate, which nothing can make again.
pub(crate) fn make(setup: &Setup) -> Fix {
    let directory = directory(setup);
    let there = of_command(setup, &directory);
    let lies_there =
        |name: &str| setup.keys_on_host.iter().any(|key| split(&key.path).is_some_and(|(_, its)| its == name));
    if setup.requestheader_client_ca.loaded().is_none() && lies_there(CA_KEY) {
        if let Some(fix) = of_rotation_begun(setup, &directory) {
            return fix.saying(|this| {
                format!("Put the CA back from its dated copy, another control-plane node or a backup. {this}")
            });
        }
        return Fix::from(
            "Put the CA back from another control-plane node or a backup. Where there is none, make all anew: what is \
             there is kept under dated names.",
        )
        .command(&["aggcert", "init", &there, "--force"]);
    }
    if setup.requestheader_client_ca.loaded().is_none() && lies_in(setup, &directory, CLIENT_KEY) {
        return separate_ca(setup).saying(|anew| {
            format!("Put the CA back from another control-plane node or a backup. Where there is none: {anew}")
        });
    }
    // `init` refuses half of a pair, and makes no client without the CA's key (src/pki/plan, `HalfOfAPair`).
    let is_half = setup.proxy_client.loaded().is_some() || lies_in(setup, &directory, CLIENT_KEY);
    if setup.requestheader_client_ca.loaded().is_some() && (is_half || key_of_ca(setup).is_none()) {
        return remake_client(setup);
    }
    let fix = Fix { issues: true, ..Fix::from("Make what is missing of the front proxy's files.") };
    on_its_node(setup, &directory, fix.command(&["aggcert", "init", &there]))
}

/// Where the files are a copy's, the paths are those of the node that was copied, and here others may lie under them.
fn on_its_node(setup: &Setup, directory: &str, fix: Fix) -> Fix {
    let fix = in_its_container(setup, directory, fix);
    match copy_of_node(setup) {
        Some(copy) => fix.saying(|this| format!("On the node whose files are in {} here: {this}", operand(copy))),
        None => fix,
    }
}

/// A new client from the CA that is there, in the place of the one before.
pub(crate) fn renew_client(setup: &Setup) -> Fix {
    renew_client_with(setup, &[])
}

/// A new client where the certificate or its key is of no use: a certificate that cannot be read tells no name.
pub(crate) fn remake_client(setup: &Setup) -> Fix {
    if setup.proxy_client.loaded().is_some() {
        return renew_client(setup);
    }
    renew_client_with(setup, &[CLIENT_NAME, other_name(setup).unwrap_or(USUAL_NAME)])
}

/// A name that is allowed already, where the usual one is not, so that no other server has to learn a new one first.
fn other_name(setup: &Setup) -> Option<&str> {
    let allowed = usable_names(setup);
    allowed.first().copied().filter(|_| !allowed.contains(&USUAL_NAME))
}

/// The same, with options of `renew` for what must not stay as it was.
pub(crate) fn renew_client_with(setup: &Setup, options: &[&str]) -> Fix {
    if let Some(fix) = no_client_from_this_ca(setup) {
        return fix;
    }
    let client = setup.proxy_client.path().map(meant_path).unwrap_or_default();
    let Some((directory, _)) = split(&client).filter(|(directory, name)| {
        // A directory has one CA: beside another one no client of this is issued.
        let is_its_ca = usual_ca_directory(setup).is_none_or(|of_ca| of_ca == *directory);
        *name == CLIENT && is_its_ca && !has_another_ca(setup, directory)
    }) else {
        return issue_client_with(setup, options);
    };
    let there = of_command(setup, directory);
    let ca = ca_arguments(setup, directory);
    let words = ["aggcert", "renew", &there].into_iter().chain(ca.iter().map(String::as_str));
    let words: Vec<&str> = words.chain(options.iter().copied()).collect();
    let fix = Fix {
        issues: true,
        ..Fix::from("Issue a new client from the same CA; kube-apiserver uses it without a restart.")
    }
    .command(&words)
    .saying(|this| format!("{this}{}", where_the_key_is(setup)));
    on_its_node(setup, directory, fix)
}

/// A client with the usual name in the place of one whose name others carry. A name is allowed before anybody shows it, and
/// taken away after; only the step that comes next can be typed.
pub(crate) fn rename_client(setup: &Setup) -> Fix {
    if let Some(fix) = no_client_from_this_ca(setup) {
        return fix;
    }
    let allowed = setup.options.requestheader_allowed_names.entries().unwrap_or_default();
    if !allowed.contains(&USUAL_NAME) {
        return Fix::from(format!(
            "Give the proxy client a name that nobody else carries. First let every kube-apiserver allow {USUAL_NAME} beside \
             the name in use, one node after the other. Then check again: a client with that name comes next."
        ))
        .flag(list_flag("requestheader-allowed-names", &[&allowed[..], &[USUAL_NAME]].concat()));
    }
    renew_client_with(setup, &[CLIENT_NAME, USUAL_NAME]).saying(|issue| {
        format!(
            "Give the proxy client a name that nobody else carries. Once every kube-apiserver allows {USUAL_NAME}, do this for \
             the client of each node: {issue} When every node shows its new client, check again: the old name goes last."
        )
    })
}

/// A client from the CA that is there, in files that nothing else uses.
pub(crate) fn issue_client(setup: &Setup) -> Fix {
    issue_client_with(setup, &[])
}

/// The same, with options that `init` and `renew` share.
fn issue_client_with(setup: &Setup, options: &[&str]) -> Fix {
    if let Some(fix) = no_client_from_this_ca(setup) {
        return fix;
    }
    let directory = match (setup.proxy_client.path(), usual_ca_directory(setup)) {
        (Some(path), _) if serves_with(setup, path) && path.ends_with(CLIENT) => {
            format!("{}/front-proxy", directory(setup))
        }
        (_, Some(of_ca)) if !has_another_ca(setup, &of_ca) => of_ca,
        _ if has_another_ca(setup, &directory(setup)) => format!("{}/front-proxy", directory(setup)),
        _ => directory(setup),
    };
    // One that lies there may be of no use.
    let (command, usual) =
        if lies_in(setup, &directory, CLIENT_KEY) { ("renew", Some(USUAL_NAME)) } else { ("init", None) };
    let mut words = vec!["aggcert".to_owned(), command.to_owned(), of_command(setup, &directory)];
    words.extend(ca_arguments(setup, &directory));
    if let Some(name) = other_name(setup).or(usual).filter(|_| !options.contains(&CLIENT_NAME)) {
        words.extend([CLIENT_NAME, name].map(str::to_owned));
    }
    words.extend(options.iter().copied().map(str::to_owned));
    let fix = Fix {
        issues: true,
        ..Fix::from("Issue a client from the front proxy's CA, and start kube-apiserver with it.")
    }
    .command(&words)
    .flags(client_flags(&operand(&directory)))
    .saying(|this| format!("{this}{}", where_the_key_is(setup)));
    on_its_node(setup, &directory, fix)
}

/// Another CA in the place of one that works, without a failed request; with options of `rotate start`.
pub(crate) fn rotate(setup: &Setup, options: &[&str]) -> Fix {
    if !has_usual_files(setup) {
        return separate_ca(setup);
    }
    let directory = directory(setup);
    let there = of_command(setup, &directory);
    let words = [&["aggcert", "rotate", "start", &there], options].concat();
    let fix = Fix::from("Rotate the CA step by step; name the directories of all control-plane nodes.").command(&words);
    in_its_container(setup, &directory, fix)
}

/// What comes first where the new CA of a rotation lies there.
fn of_rotation_begun(setup: &Setup, directory: &str) -> Option<Fix> {
    lies_in(setup, directory, NEXT_CA_KEY).then(|| {
        Fix::from("A rotation of this CA is under way, and this says where it stands and how to go on.").command(&[
            "aggcert",
            "rotate",
            "status",
            &of_command(setup, directory),
        ])
    })
}

/// Another CA in the place of one that accepts nobody, so that there is nothing to break.
pub(crate) fn replace_dead(setup: &Setup) -> Fix {
    if !has_usual_files(setup) {
        return separate_ca(setup);
    }
    let directory = directory(setup);
    if let Some(fix) = of_rotation_begun(setup, &directory) {
        return in_its_container(setup, &directory, fix);
    }
    let fix = Fix::from(
        "Nothing works with this CA any more, so that another takes its place at once; name the directories of all \
         control-plane nodes, which are to have the same. What is there is kept under dated names.",
    )
    .command(&["aggcert", "rotate", "start", &of_command(setup, &directory), "--at-once", "--accept-outage"]);
    at_the_servers(setup, in_its_container(setup, &directory, fix))
}

/// Where the server has the front proxy's files.
fn directory(setup: &Setup) -> String {
    let paths = [&setup.requestheader_client_ca.flag, &setup.proxy_client.flag, &setup.client_ca.flag];
    let directory = |path: &PathFlag| Some(split(&meant_path(path.path()?))?.0.to_owned());
    paths.into_iter().find_map(directory).unwrap_or_else(|| KUBEADM.directory.to_owned())
}

/// A directory of the server for a command that is run on its node.
fn of_command(setup: &Setup, directory: &str) -> String {
    operand(directory_on_node(setup, directory).as_deref().unwrap_or(directory))
}

/// Where the CA is that the server has, under its usual name.
fn usual_ca_directory(setup: &Setup) -> Option<String> {
    let path = meant_path(setup.requestheader_client_ca.path()?);
    let (directory, _) = split(&path).filter(|(_, name)| *name == CA)?;
    Some(directory.to_owned())
}

fn serves_with(setup: &Setup, path: &str) -> bool {
    setup.neighbour("tls-cert-file").is_some_and(|serving| serving.flag.path() == Some(path))
}

/// The directory and the name.
fn split(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once('/').map(|(directory, name)| if directory.is_empty() { ("/", name) } else { (directory, name) })
}

/// Whether a key of this name was seen in a directory of the node.
fn lies_in(setup: &Setup, directory: &str, name: &str) -> bool {
    key_in(setup, directory, name).is_some()
}

fn key_in<'a>(setup: &'a Setup, directory: &str, name: &str) -> Option<&'a KeyFile> {
    setup.keys_on_host.iter().find(|key| split(path_on_node(setup, &key.path)) == Some((directory, name)))
}

/// Whether the key of another CA than the server's lies in a directory.
fn has_another_ca(setup: &Setup, directory: &str) -> bool {
    let bundle = setup.requestheader_client_ca.loaded();
    let is_another = |key: &KeyFile| bundle.is_some_and(|bundle| !bundle.certificates().any(|ca| key.key.matches(ca)));
    key_in(setup, directory, CA_KEY).is_some_and(is_another)
}

/// What is to be done first, where the CA that the server has for front proxies is that of its users.
fn no_client_from_this_ca(setup: &Setup) -> Option<Fix> {
    if shares_client_ca(setup) { Some(separate_ca(setup)) } else { changed_places(setup) }
}

/// The two CA files in each other's place: their names raise the question, and only a client that the wrong one issued
/// answers it. Who changes them without need has every user refused, and the front proxies taken for users.
fn changed_places(setup: &Setup) -> Option<Fix> {
    let (users, proxies) = (meant_path(setup.client_ca.path()?), meant_path(setup.requestheader_client_ca.path()?));
    let is_usual = |path: &str| split(path).is_some_and(|(_, name)| name == CA);
    if !is_usual(&users) || is_usual(&proxies) {
        return None;
    }
    let Some(client) = setup.proxy_client.loaded() else {
        return Some(Fix::from(format!(
            "First see which CA is whose: {users} is called as the front proxy's CA usually is, but it is the one for users \
             here. If the client certificates of administrators and kubelets are of the CA in {proxies}, the two files are in \
             each other's place: give each flag the file of the other. If they are of the one in {users}, all is in its \
             place: issue a client from {proxies}, with aggcert init and its --ca-cert and --ca-key, and start kube-apiserver \
             with it."
        )));
    };
    let issued = |bundle: &FileFlag<TrustBundle>| {
        let signed = |ca: &Certificate| client.certificates().any(|one| is_signed_by_key_of(&one.value, ca));
        bundle.loaded().is_some_and(|bundle| bundle.certificates().any(signed))
    };
    let is_so = issued(&setup.client_ca) && !issued(&setup.requestheader_client_ca);
    is_so.then(|| {
        Fix::from("The two CA files are in each other's place: give each flag the file of the other.")
            .flag(format!("--client-ca-file={proxies}"))
            .flag(format!("--requestheader-client-ca-file={users}"))
    })
}

pub(crate) fn shares_client_ca(setup: &Setup) -> bool {
    let ca = setup.requestheader_client_ca.path();
    ca.is_some() && ca == setup.client_ca.path()
}

/// Whether `aggcert` finds both certificates by the directory alone.
fn has_usual_files(setup: &Setup) -> bool {
    let ca = setup.requestheader_client_ca.path().and_then(split);
    let client = setup.proxy_client.path().and_then(split);
    ca.is_some_and(|(directory, name)| name == CA && client.is_none_or(|client| client == (directory, CLIENT)))
}

/// Which CA issues and where its key is, unless both are where they usually are.
fn ca_arguments(setup: &Setup, directory: &str) -> Vec<String> {
    let Some(path) = setup.requestheader_client_ca.path().map(meant_path) else { return Vec::new() };
    let stem = path.rsplit_once('.').filter(|(_, ending)| !ending.contains('/')).map_or(&*path, |(stem, _)| stem);
    let key = key_of_ca(setup).map_or_else(|| file_on_node(setup, &format!("{stem}.key")), str::to_owned);
    // Of another root the end of the path is the same.
    let is_usual = |directory: &str| key.ends_with(&format!("{directory}/{CA_KEY}"));
    if path == format!("{directory}/{CA}")
        && is_usual(directory_on_node(setup, directory).as_deref().unwrap_or(directory))
    {
        return Vec::new();
    }
    vec!["--ca-cert".to_owned(), operand(&file_on_node(setup, &path)), "--ca-key".to_owned(), operand(&key)]
}

/// Where the key of the requestheader CA was seen, as the node has it.
fn key_of_ca(setup: &Setup) -> Option<&str> {
    issuer(setup).map(|(_, key)| path_on_node(setup, &key.path))
}

/// The CA of the bundle whose key was seen, with it: one that issues users comes last, the key of the usual name first.
fn issuer(setup: &Setup) -> Option<(&Certificate, &KeyFile)> {
    let bundle = setup.requestheader_client_ca.loaded()?;
    let has_usual_name = |key: &KeyFile| split(&key.path).is_some_and(|(_, name)| name == CA_KEY);
    let keys = setup.keys_on_host.iter();
    let pairs = keys.filter_map(|key| Some((bundle.certificates().find(|ca| key.key.matches(ca))?, key)));
    pairs.min_by_key(|(ca, key)| (issues_users(setup, ca, key), !has_usual_name(key)))
}

/// Whether it is the cluster's CA: its key has that name where the server is given no CA of its users.
fn issues_users(setup: &Setup, ca: &Certificate, key: &KeyFile) -> bool {
    match setup.client_ca.loaded() {
        Some(_) => is_of_users(setup, ca),
        None => split(&key.path).is_some_and(|(_, name)| name == CLUSTER_CA_KEY),
    }
}

fn is_of_users(setup: &Setup, ca: &Certificate) -> bool {
    setup.client_ca.loaded().is_some_and(|users| users.certificates().any(|other| other.has_same_key(ca)))
}

/// What `init` and `renew` refuse to issue (src/pki/plan, src/emit) is not told to be issued: another CA comes first.
pub(crate) fn issued_or_refused(setup: &Setup, fix: Fix, context: &Context<'_>) -> Fix {
    let all = || setup.requestheader_client_ca.loaded().into_iter().flat_map(TrustBundle::certificates);
    let issuer = issuer(setup);
    let has_key_of_users =
        || all().any(|ca| is_of_users(setup, ca)) || issuer.is_some_and(|(ca, key)| issues_users(setup, ca, key));
    if context.overlap(setup).is_reuse() || has_key_of_users() {
        return separate_ca(setup);
    }
    let misfit = |ca: &Certificate| CaMisfit::of(ca, &ExtendedKeyUsage::ClientAuth, context.now).err();
    match issuer.and_then(|(ca, _)| misfit(ca)) {
        None => fix,
        Some(why @ CaMisfit::NotYetValid(_)) => {
            Fix::from(format!("No client can be issued now: {why}. Look at the clock of the machine, or wait."))
        }
        Some(_) if all().all(|ca| misfit(ca).is_some()) => replace_dead(setup),
        Some(_) => separate_ca(setup),
    }
}

fn where_the_key_is(setup: &Setup) -> &'static str {
    let was_looked_for = setup.requestheader_client_ca.loaded().is_some() && setup.keys_not_read.is_empty();
    if was_looked_for && key_of_ca(setup).is_none() {
        " The CA's key was not seen: say where it is with --ca-cert and --ca-key, or use aggcert request where it is on \
         another machine."
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use rcgen::IsCa;
    use time::Duration;

    use super::*;
    use crate::lint::Beside;
    use crate::lint::testing::{CLIENT_CA, Cluster, FRONT_PROXY_CA, Issued, NOW, PROXY_CLIENT, SetupBuilder, bundle};
    use crate::model::Objects;

    const FLAG: &str = "requestheader-client-ca-file";

    fn refused(setup: &Setup, fix: Fix) -> Fix {
        issued_or_refused(setup, fix, &Context::new(Beside::nothing(), Objects::NONE, NOW, Duration::days(30)))
    }

    /// As `aggcert init` says (src/pki/plan).
    #[test]
    fn what_init_refuses_to_make_is_not_told_to_be_made() {
        const KEY: &str = "/etc/kubernetes/pki/front-proxy-client.key";
        let cluster = Cluster::new();
        let without_key = cluster.server().without_file(PROXY_CLIENT).without_file(KEY);
        let server =
            without_key.clone().file("/etc/kubernetes/pki/front-proxy-ca.key", &cluster.front_proxy_ca.key_pem);
        assert_eq!(make(&server.setup()).commands, ["aggcert init /etc/kubernetes/pki"]);
        let unsigned = make(&without_key.setup());
        assert!(unsigned.sentence.contains("The CA's key was not seen"), "{unsigned}");
        let renew = "aggcert renew /etc/kubernetes/pki";
        let key_alone = make(&server.clone().file(KEY, &cluster.proxy_client.key_pem).setup());
        assert_eq!(key_alone.commands, [format!("{renew} --client-common-name front-proxy-client")]);
        assert_eq!(make(&server.file(PROXY_CLIENT, &cluster.proxy_client.pem).setup()).commands, [renew]);
    }

    #[test]
    fn a_rotation_that_has_begun_is_not_begun_again() {
        let next = "/etc/kubernetes/pki/front-proxy-ca.next.key";
        let begun = Cluster::new().server().file(next, &Issued::ca("front-proxy-ca-2").key_pem);
        assert_eq!(replace_dead(&begun.setup()).commands, ["aggcert rotate status /etc/kubernetes/pki"]);
    }

    #[test]
    fn the_commands_name_the_directory_of_the_server() {
        let setup = Cluster::new().server().setup();
        assert_eq!(renew_client(&setup).commands, ["aggcert renew /etc/kubernetes/pki"]);
        // They are read below another root.
        let at = renew_client(&setup).sentence;
        assert!(at.starts_with("On the node whose files are in /") && at.contains(" here: Issue a new client"), "{at}");
        assert_eq!(rotate(&setup, &[]).commands, ["aggcert rotate start /etc/kubernetes/pki"]);
        assert_eq!(
            replace_dead(&setup).commands,
            ["aggcert rotate start /etc/kubernetes/pki --at-once --accept-outage"]
        );
    }

    #[test]
    fn a_certificate_that_was_lost_is_put_back() {
        let cluster = Cluster::new();
        let server = cluster.server().file("/etc/kubernetes/pki/front-proxy-ca.key", &cluster.front_proxy_ca.key_pem);
        let lost = server.without_file(FRONT_PROXY_CA);
        let fix = make(&lost.setup());
        assert_eq!(fix.commands, ["aggcert init /etc/kubernetes/pki --force"]);
        assert!(fix.sentence.starts_with("Put the CA back"), "{fix}");
        let next = Issued::ca("front-proxy-ca-2").key_pem;
        let fix = make(&lost.file("/etc/kubernetes/pki/front-proxy-ca.next.key", &next).setup());
        assert_eq!(fix.commands, ["aggcert rotate status /etc/kubernetes/pki"]);
    }

    #[test]
    fn files_in_each_others_place_change_places() {
        let cluster = Cluster::new();
        let changed = cluster.server().set("client-ca-file", FRONT_PROXY_CA).set(FLAG, CLIENT_CA);
        let fix = renew_client(&changed.setup());
        let flags = [format!("--client-ca-file={CLIENT_CA}"), format!("--{FLAG}={FRONT_PROXY_CA}")];
        assert_eq!((fix.commands.len(), fix.flags), (0, flags.to_vec()));
        // The name of a file alone is no reason to have all users refused.
        let fix = issue_client(&changed.without("proxy-client-cert-file").setup());
        assert!(fix.commands.is_empty() && fix.flags.is_empty() && fix.sentence.contains("which CA is whose"), "{fix}");
        // Another CA of that name, which did not issue the client.
        let other = cluster.server().set("client-ca-file", "/srv/front-proxy-ca.crt").set(FLAG, "/srv/proxies.crt");
        let other = other.file("/srv/front-proxy-ca.crt", &cluster.client_ca.pem);
        assert!(!renew_client(&other.setup()).commands.is_empty());
    }

    #[test]
    fn no_client_is_issued_beside_the_key_of_another_ca() {
        let (cluster, key) = (Cluster::new(), "/etc/kubernetes/pki/front-proxy-ca.key");
        let named = cluster.server().set(FLAG, "/etc/kubernetes/pki/aggregator.crt");
        let named = named.file("/etc/kubernetes/pki/aggregator.crt", &cluster.front_proxy_ca.pem);
        let other = named.file(key, &Issued::ca("other").key_pem);
        let fix = renew_client(&other.setup());
        assert!(fix.commands[0].starts_with("aggcert init /etc/kubernetes/pki/front-proxy --ca-cert "), "{fix}");
        let own = other.file(key, &cluster.front_proxy_ca.key_pem);
        assert!(renew_client(&own.setup()).commands[0].starts_with("aggcert renew /etc/kubernetes/pki --ca-cert "));
    }

    /// As `aggcert renew` says (src/pki/plan).
    #[test]
    fn what_renew_refuses_to_issue_is_not_told_to_be_issued() {
        let cluster = Cluster::new();
        let told = |server: &SetupBuilder| {
            let setup = server.setup();
            refused(&setup, renew_client(&setup))
        };
        let of = |ca: &Issued, more: &[&Issued]| {
            let server = cluster.server().file(FRONT_PROXY_CA, &bundle(&[&[ca], more].concat()));
            server.file("/etc/kubernetes/pki/front-proxy-ca.key", &ca.key_pem)
        };
        let ended = Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW - Duration::DAY);
        let no_ca = Issued::ca_with("front-proxy-ca", |params| params.is_ca = IsCa::ExplicitNoCa);
        let to_come = Issued::ca_with("front-proxy-ca", |params| params.not_before = NOW + Duration::DAY);
        let old = Issued::ca("old");
        let cross = cluster.client_ca.cross_signed_by(&cluster.front_proxy_ca);
        assert!(told(&of(&cluster.front_proxy_ca, &[]).file(CLIENT_CA, &cross.pem)).own_ca);
        assert_eq!(told(&of(&cluster.front_proxy_ca, &[&ended])).commands, ["aggcert renew /etc/kubernetes/pki"]);
        for dead in [&ended, &no_ca] {
            assert!(told(&of(dead, &[])).commands[0].ends_with(" --at-once --accept-outage"));
            // Clients of the other may be in use.
            assert_eq!(told(&of(dead, &[&old])).commands, ["aggcert init /etc/kubernetes/pki/front-proxy"]);
        }
        assert!(told(&of(&to_come, &[&old])).commands.is_empty());
    }

    #[test]
    fn no_client_is_issued_from_the_ca_of_users_under_another_name() {
        let (cluster, key) = (Cluster::new(), "/etc/kubernetes/pki/ca.key");
        let copied =
            cluster.server().file(FRONT_PROXY_CA, &cluster.client_ca.pem).file(key, &cluster.client_ca.key_pem);
        let told = |server: &SetupBuilder| {
            let setup = server.setup();
            refused(&setup, issue_client(&setup))
        };
        assert!(told(&copied).own_ca && told(&copied.without("client-ca-file")).own_ca);
        // Beside the front proxy's CA the other key is taken; `renew` finds the cluster's CA in the bundle.
        let both = cluster.server().file(FRONT_PROXY_CA, &bundle(&[&cluster.client_ca, &cluster.front_proxy_ca]));
        let both = both.file(key, &cluster.client_ca.key_pem);
        let both = both.file("/etc/kubernetes/pki/front-proxy-ca.key", &cluster.front_proxy_ca.key_pem);
        assert_eq!(renew_client(&both.setup()).commands, ["aggcert renew /etc/kubernetes/pki"]);
        assert!(told(&both).own_ca);
    }

    #[test]
    fn a_client_without_its_ca_gets_another_one_elsewhere() {
        let lost = Cluster::new().server().without_file(FRONT_PROXY_CA);
        let fix = make(&lost.setup());
        assert_eq!(fix.commands, ["aggcert init /etc/kubernetes/pki/front-proxy"]);
        assert!(fix.sentence.starts_with("Put the CA back from another control-plane node"), "{fix}");
    }

    /// `init` takes what is there, or refuses to.
    #[test]
    fn a_client_that_lies_there_is_made_anew() {
        let cluster = Cluster::new();
        let server = cluster.server().without("proxy-client-cert-file").without("proxy-client-key-file");
        assert_eq!(
            issue_client(&server.setup()).commands,
            ["aggcert renew /etc/kubernetes/pki --client-common-name front-proxy-client"]
        );
        let none = server.without_file("/etc/kubernetes/pki/front-proxy-client.key");
        assert_eq!(issue_client(&none.setup()).commands, ["aggcert init /etc/kubernetes/pki"]);
    }

    #[test]
    fn a_client_that_also_serves_stays() {
        let path = "/etc/kubernetes/pki/front-proxy-client.crt";
        let fix = issue_client(&Cluster::new().server().set("tls-cert-file", path).setup());
        assert!(fix.commands[0].starts_with("aggcert init /etc/kubernetes/pki/front-proxy --ca-cert "), "{fix}");
    }

    #[test]
    fn a_ca_with_another_name_is_named_and_nothing_in_use_is_replaced() {
        let server = Cluster::new().server().set(FLAG, "/srv/aggregator.pem");
        let with_ca = "--ca-cert /srv/aggregator.pem --ca-key /srv/aggregator.key";
        let renewed = renew_client(&server.setup());
        assert_eq!(renewed.commands, [format!("aggcert renew /etc/kubernetes/pki {with_ca}")]);
        let issued = renew_client(&server.clone().set("proxy-client-cert-file", "/srv/client.pem").setup());
        assert_eq!(issued.commands, [format!("aggcert init /srv {with_ca}")]);
        assert!(issued.flags[0].ends_with("=/srv/front-proxy-client.crt"), "{issued}");
        for fix in [rotate(&server.setup(), &[]), replace_dead(&server.setup())] {
            assert_eq!(fix.commands, ["aggcert init /etc/kubernetes/pki/front-proxy"]);
        }
    }

    #[test]
    fn a_key_that_is_elsewhere_is_named() {
        let cluster = Cluster::new();
        let server = cluster.server().file("/etc/kubernetes/pki/offline.key", &cluster.front_proxy_ca.key_pem);
        let [command] = renew_client(&server.setup()).commands.try_into().unwrap();
        assert!(command.contains(" --ca-cert /etc/kubernetes/pki/front-proxy-ca.crt --ca-key "), "{command}");
        // As the node has it.
        assert!(command.ends_with(" /etc/kubernetes/pki/offline.key"), "{command}");
    }

    /// The directory of the client has another CA, or none.
    #[test]
    fn a_client_is_issued_where_its_ca_is() {
        let ca = "/etc/kubernetes/pki/front-proxy/front-proxy-ca.crt";
        let fix = renew_client(&Cluster::new().server().set(FLAG, ca).setup());
        assert_eq!(fix.commands, ["aggcert init /etc/kubernetes/pki/front-proxy"]);
        assert!(fix.flags[0].ends_with("=/etc/kubernetes/pki/front-proxy/front-proxy-client.crt"), "{fix}");
    }

    #[test]
    fn no_path_of_a_command_has_quotes_that_nobody_took_away() {
        let quoted = |flag: &str| Cluster::new().server().set(flag, &format!("\"{FRONT_PROXY_CA}\""));
        for fix in [
            make(&quoted(FLAG).without_file(FRONT_PROXY_CA).without_file(PROXY_CLIENT).setup()),
            issue_client(&quoted(FLAG).setup()),
            separate_ca(&quoted("client-ca-file").setup()),
        ] {
            assert!(!fix.to_string().contains('"'), "{fix}");
        }
    }

    #[test]
    fn no_client_is_issued_from_the_client_ca() {
        let setup = Cluster::new().server().set(FLAG, CLIENT_CA).setup();
        assert_eq!(renew_client(&setup).commands, ["aggcert init /etc/kubernetes/pki/front-proxy"]);
    }

    #[test]
    fn what_a_path_holds_is_never_run() {
        let setup = Cluster::new().server().set(FLAG, "/x ;touch y;#/front-proxy-ca.crt").setup();
        assert_eq!(make(&setup).commands, ["aggcert init '/x ;touch y;#'"]);
    }
}
