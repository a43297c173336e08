//! A front proxy that nobody is told to trust.

use crate::lint::facts::host::path_on_node;
use crate::lint::facts::init_command::CA;
use crate::lint::facts::reuse::{Shared, shared_with_users};
use crate::lint::facts::wording::with_first_names;
use crate::lint::prelude::*;
use crate::model::{ListSetting, Setting, header_lists, other_certificates};
use crate::source::formats::layouts::KUBEADM;
use crate::x509::CertificatePool;
use crate::x509::path::verify;

const FLAG: &str = "requestheader-client-ca-file";

pub(super) static RULE: Rule = Rule {
    id: "requestheader-ca-missing",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/requestheader-ca-missing.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    complete(setup)?;
    if setup.requestheader_client_ca.flag.is_path_given() {
        return Ok(Vec::new());
    }
    let given = given_without_it(setup);
    let Some(((flag, origin), others)) = given.split_first() else {
        return Err(not_applicable("no flag of the aggregation layer is given"));
    };
    let emptied = setup.requestheader_client_ca.origin();
    let directory = setup
        .proxy_client
        .path()
        .and_then(|path| path.rsplit_once('/'))
        .map_or(KUBEADM.directory, |(directory, _)| directory);
    Ok(vec![
        Finding::error(match emptied {
            None => format!("--{flag} is given, but no --{FLAG}"),
            Some(_) => format!("--{flag} is given, but --{FLAG} is empty"),
        })
        .at(emptied.unwrap_or(origin), if emptied.is_some() { "no CA" } else { "of no use without the CA" })
        .related(others.iter().map(|(flag, origin)| related(origin, format!("--{flag} waits for it too"))))
        .consequence(
            "kube-apiserver publishes no requestheader CA, and extension API servers such as metrics-server do not \
             start, or answer 401 or 403 to everything that is passed on to them.",
        )
        .demonstration(
            "the ConfigMap kube-system/extension-apiserver-authentication gets no requestheader-client-ca-file, \
             without which k8s.io/apiserver does not start: unable to load configmap based \
             request-header-client-ca-file"
                .to_owned(),
        )
        .fix(fix(setup, &format!("{directory}/{CA}"), context))
        .identity([FLAG]),
    ])
}

/// The CA that lies there, where it is one of the front proxy's own. With the client CA, or one that has its key or signed it,
/// client certificates would be every user, or the server would not start.
fn fix(setup: &Setup, path: &str, context: &Context<'_>) -> Fix {
    let there: Vec<Certificate> = setup.cas_beside_in(CA).into_iter().cloned().collect();
    if there.is_empty() {
        return under_another_name(setup, path, context);
    }
    let issued = setup.proxy_client.loaded().is_none_or(|client| {
        let roots = CertificatePool::new(there.iter().cloned());
        verify(&client.leaf.value, &roots, &client.intermediates(), context.now).is_ok()
    });
    let why = match shared_with_users(setup, &there, context) {
        _ if !issued => "did not issue the proxy client",
        Some(Shared::Key) => "has the key of the client CA",
        Some(Shared::Way) => "signed the client CA",
        None => return name_ca(setup, path),
    };
    separate_ca(setup).saying(|this| format!("{path}, which lies there, {why}. {this}"))
}

const NAME_CA: &str = "Name the CA that issued the proxy client.";

fn name_ca(setup: &Setup, path: &str) -> Fix {
    with_first_names(setup, Fix::from(NAME_CA).flag(format!("--{FLAG}={path}")))
}

/// The file beside the client that holds its issuer and no CA of users; one that was not seen is not named by a flag.
fn under_another_name(setup: &Setup, usual: &str, context: &Context<'_>) -> Fix {
    let Some(client) = setup.proxy_client.loaded() else {
        return Fix::from(format!(
            "Name the CA that issued the proxy client with --{FLAG}, by the file in which it lies on the node; init and \
             kubeadm call it {usual}. It must not be the client CA, nor have its key."
        ));
    };
    let is_its = |file: &&str| {
        let of_file = other_certificates(setup).filter(|ca| ca.origin.file().name() == *file);
        let cas: Vec<Certificate> = of_file.map(|ca| ca.value.clone()).collect();
        let is_own = shared_with_users(setup, &cas, context).is_none();
        is_own && verify(&client.leaf.value, &CertificatePool::new(cas), &client.intermediates(), context.now).is_ok()
    };
    let files = other_certificates(setup).filter(|ca| ca.value.is_ca() && ca.value != client.leaf.value);
    match files.map(|ca| ca.origin.file().name()).find(is_its) {
        Some(file) => {
            let on_node = path_on_node(setup, file);
            match setup.seen_at(on_node) {
                Some(path) => name_ca(setup, &path),
                None => Fix::from(format!("{NAME_CA} It is {on_node} on the node, which its Pod has to mount first.")),
            }
        }
        None => separate_ca(setup)
            .saying(|this| format!("The CA that issued the proxy client lies beside no file here. {this}")),
    }
}

/// The flags of ours that are of no use without the CA, in the order in which the documentation gives them.
fn given_without_it(setup: &Setup) -> Vec<(&'static str, Origin)> {
    let paths = [&setup.proxy_client.flag, &setup.proxy_client_key.flag];
    let lists = [("requestheader-allowed-names", &setup.options.requestheader_allowed_names)]
        .into_iter()
        .chain(header_lists(&setup.options));
    let paths = paths.into_iter().filter(|flag| flag.is_path_given()).map(|flag| (flag.name, flag.origin()));
    let lists = lists.filter(|(_, list)| holds_something(list)).map(|(flag, list)| (flag, list.origin()));
    paths.chain(lists).filter_map(|(flag, origin)| Some((flag, origin?.clone()))).collect()
}

fn holds_something(list: &ListSetting) -> bool {
    match list {
        Setting::Absent => false,
        Setting::Opaque(_) => true,
        Setting::Given(given) => !given.value.value.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::testing::{
        CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, PROXY_CLIENT, SetupBuilder, check, check_beside,
    };

    #[test]
    fn fails_with_a_proxy_client_alone() {
        let finding = check(&RULE, Cluster::new().server().without(FLAG)).expect_finding();
        assert_eq!(finding.message, "--proxy-client-cert-file is given, but no --requestheader-client-ca-file");
        assert_eq!(finding.fix.flags, ["--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt"]);
    }

    #[test]
    fn a_ca_comes_with_a_list_of_names_where_there_is_none() {
        let (cluster, names) = (Cluster::new(), "requestheader-allowed-names");
        let flags = |server: &SetupBuilder| check(&RULE, server).expect_finding().fix.flags;
        for name in ["front-proxy-client", "aggregator"] {
            let client = cluster.front_proxy_ca.client(name);
            let server = cluster.server().without(FLAG).file(PROXY_CLIENT, &client.pem);
            for server in [server.clone().without(names), server.set(names, "")] {
                assert_eq!(flags(&server), [format!("--{FLAG}={FRONT_PROXY_CA}"), format!("--{names}={name}")]);
            }
        }
        let unseen = cluster.server().without(FLAG).without(names).without_file(PROXY_CLIENT);
        assert_eq!(flags(&unseen)[1..], [format!("--{names}=front-proxy-client")]);
    }

    /// A server does not start with a file that is not there.
    #[test]
    fn names_no_file_that_was_not_seen() {
        let server = Cluster::new().server().without(FLAG).without_file(FRONT_PROXY_CA);
        let unseen = check(&RULE, server.clone().without_file(PROXY_CLIENT)).expect_finding().fix;
        assert!(unseen.flags.is_empty() && unseen.sentence.contains(FRONT_PROXY_CA), "{unseen}");
        let gone = check(&RULE, &server).expect_finding().fix;
        assert!(gone.own_ca && gone.commands[0].starts_with("aggcert init "), "{gone}");
        let cluster = Cluster::new();
        let server = cluster.server().without(FLAG).without_file(FRONT_PROXY_CA);
        let elsewhere = server.file("/etc/kubernetes/pki/aggregator.pem", &cluster.front_proxy_ca.pem);
        let fix = check(&RULE, &elsewhere).expect_finding().fix;
        assert_eq!(fix.flags, ["--requestheader-client-ca-file=/etc/kubernetes/pki/aggregator.pem"]);
    }

    #[test]
    fn names_no_ca_that_lies_there_and_is_the_client_ca_or_another_than_the_clients() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let fix = |ca: &str| check(&RULE, cluster.server().without(FLAG).file(FRONT_PROXY_CA, ca)).expect_finding().fix;
        let other = fix(&other.front_proxy_ca.pem);
        assert!(other.sentence.contains("did not issue the proxy client"), "{other}");
        assert!(other.commands[0].starts_with("aggcert init "), "{other}");
        // A copy of the very file of the client CA.
        let same = cluster.server().without(FLAG).file(FRONT_PROXY_CA, &cluster.client_ca.pem);
        let same = check(&RULE, same.file(PROXY_CLIENT, &cluster.client_ca.client("front-proxy-client").pem));
        let same = same.expect_finding().fix;
        assert!(same.sentence.contains("has the key of the client CA"), "{same}");
        // Their certificates verify against it where the other certificate of their CA is sent along.
        let cross = cluster.client_ca.cross_signed_by(&cluster.front_proxy_ca).pem;
        let crossed = cluster.server().file(CLIENT_CA, &cross);
        let own = check(&RULE, crossed.clone().without(FLAG)).expect_finding().fix;
        let other = check_beside(&RULE, cluster.server().without(FLAG), &[&crossed.setup()]).expect_finding().fix;
        let elsewhere = crossed.without(FLAG).without_file(FRONT_PROXY_CA);
        let elsewhere = elsewhere.file("/etc/kubernetes/pki/aggregator.pem", &cluster.front_proxy_ca.pem);
        let elsewhere = check(&RULE, &elsewhere).expect_finding().fix;
        assert!(own.sentence.contains("signed the client CA"), "{own}");
        assert!(own.own_ca && other.own_ca && elsewhere.own_ca, "{own}\n{other}\n{elsewhere}");
        let renewed = cluster.client_ca.reissued();
        let user = cluster.client_ca.client("front-proxy-client");
        let server = cluster.server().without(FLAG).file(FRONT_PROXY_CA, &renewed.pem);
        let renewed = check(&RULE, server.file(PROXY_CLIENT, &user.pem)).expect_finding().fix;
        assert!(renewed.sentence.contains("has the key of the client CA"), "{renewed}");
        assert_eq!(fix(&cluster.front_proxy_ca.pem).flags, [format!("--{FLAG}={FRONT_PROXY_CA}")]);
    }

    #[test]
    fn fails_with_headers_and_an_empty_ca() {
        let flags = ["--requestheader-client-ca-file=", "--requestheader-username-headers=X-Remote-User"];
        let finding = check(&RULE, SetupBuilder::new(Component::KubeApiserver, &flags)).expect_finding();
        assert_eq!(finding.origin.start().0, 2);
    }

    #[test]
    fn passes_with_the_ca_even_if_its_path_is_an_expression() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, Cluster::new().server().set(FLAG, "{{ ca }}")).expect_pass();
    }

    #[test]
    fn does_not_apply_to_a_fragment_or_without_aggregation() {
        check(&RULE, Cluster::new().server().without(FLAG).fragment()).expect_not_applicable();
        check(&RULE, SetupBuilder::new(Component::KubeApiserver, &["--client-ca-file=/ca.crt"]))
            .expect_not_applicable();
    }
}
