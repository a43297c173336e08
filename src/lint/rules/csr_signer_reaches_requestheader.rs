//! The cluster's signer can issue a front proxy.

use crate::kubernetes::Component;
use crate::lint::facts::host::path_on_node;
use crate::lint::facts::look::MOST_BESIDE;
use crate::lint::facts::reuse::{demonstration, shared_ca};
use crate::lint::prelude::*;
use crate::model::{CertificateFile, KeyFile, Overlap, is_same_file, ways};
use crate::source::formats::layouts::key_of;

pub(super) static RULE: Rule = Rule {
    id: "csr-signer-reaches-requestheader",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/csr-signer-reaches-requestheader.md"),
    checks: &[Check::OtherComponent(check)],
};

/// A signing CA.
type Signer = FileFlag<CertificateFile>;

/// What a signer is to one component's requestheader bundle.
enum Reached {
    No,
    Yes(Box<Finding>),
    /// The component's own client CA is the signing CA, and the rule on reuse reports it.
    Reported(Reason),
    Unknown(Reason),
}

fn check(manager: &Setup, context: &Context<'_>) -> Outcome {
    if manager.invocation.component != Component::KubeControllerManager || manager.signing_cas.is_empty() {
        return not_applicable("it is not told to sign CertificateSigningRequests");
    }
    let (verifiers, more) = verifiers(context, manager);
    if verifiers.is_empty() {
        return not_applicable("no component with --requestheader-client-ca-file was found beside it");
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut reported = None;
    let mut unknown = more.map(Reason::undecided);
    for signer in &manager.signing_cas {
        let Some(origin) = signer.origin() else { continue };
        for verifier in &verifiers {
            match reached(context, manager, signer, origin, verifier) {
                Reached::No => {}
                Reached::Yes(finding) => match findings.iter_mut().find(|known| known.identity == finding.identity) {
                    // The same CA under a second flag, or behind a second server: one cause.
                    Some(known) => {
                        known.related.push(related(origin, format!("{} names the same CA", signer.called())));
                    }
                    None => findings.push(*finding),
                },
                Reached::Reported(why) => reported = Some(why),
                Reached::Unknown(why) => unknown = Some(why),
            }
        }
    }
    found_or(findings, unknown.or(reported)).into()
}

/// The components whose front proxies it could issue: the servers beside it, else its own serving port; and what there is to
/// be said where they are too many.
fn verifiers<'a>(context: &Context<'a>, manager: &'a Setup) -> (Vec<&'a Setup>, Option<String>) {
    let has_bundle = |setup: &&Setup| !setup.requestheader_client_ca.is_not_given();
    let mut servers = context.beside.servers.iter().copied().filter(has_bundle);
    let compared: Vec<&Setup> = servers.by_ref().take(MOST_BESIDE).collect();
    let more = servers.next().map(|_| format!("of the kube-apiservers beside it only {MOST_BESIDE} were looked at"));
    if compared.is_empty() {
        return (std::iter::once(manager).filter(has_bundle).collect(), None);
    }
    (compared, more)
}

fn reached(context: &Context<'_>, manager: &Setup, signer: &Signer, origin: &Origin, verifier: &Setup) -> Reached {
    if !can_issue(signer.flag.name, verifier) {
        return Reached::No;
    }
    let reported =
        || shared_ca(verifier, context).unwrap_or_else(|| Reason::no_business("the signing CA is a client CA"));
    let same_file = is_same_file((manager, &signer.flag), (verifier, &verifier.requestheader_client_ca.flag));
    let signing = signer.get();
    let bundle = verifier.requestheader_client_ca.get();
    let (who, identity) = match (signing, bundle) {
        (Ok(signing), Ok(bundle)) => {
            let issuer = &signing.leaf.value;
            if ways(verifier, &TrustBundle::of_one(&signing.leaf), bundle, context.now).is_empty() {
                return Reached::No;
            }
            if let Overlap::Reaches(reaches) = &*context.overlap(verifier)
                && reaches.iter().any(|other| other.issuer.is_same_issuer(issuer))
            {
                return Reached::Reported(reported());
            }
            (subject(issuer), issuer.fingerprint())
        }
        _ if same_file => {
            if let Overlap::SameFile = *context.overlap(verifier) {
                return Reached::Reported(reported());
            }
            let path = signer.flag.as_written();
            (format!("the CA in {path}"), path.to_owned())
        }
        (Err(why), _) | (_, Err(why)) if why.cause().is_nothing_to_judge() => return Reached::No,
        (Err(why), _) | (_, Err(why)) => return Reached::Unknown(why),
    };
    Reached::Yes(Box::new(finding(manager, signer, origin, verifier, &who, identity)))
}

/// Whether the flag's signer issues certificates that the names of a verifier let in
/// (`pkg/controller/certificates/signer/signer.go`, `pkg/apis/certificates/helpers.go`). The flag without a signer is
/// for all of them.
fn can_issue(flag: &str, verifier: &Setup) -> bool {
    match flag {
        // For servers alone; not to be asked for in certificates.k8s.io/v1.
        "cluster-signing-kubelet-serving-cert-file" | "cluster-signing-legacy-unknown-cert-file" => false,
        "cluster-signing-kubelet-client-cert-file" => match verifier.allowed_names() {
            Ok(AllowedNames::Only(names)) => names.iter().any(|name| name.starts_with("system:node:")),
            Ok(AllowedNames::Any) | Err(_) => true,
        },
        _ => true,
    }
}

fn finding(
    manager: &Setup,
    signer: &Signer,
    origin: &Origin,
    verifier: &Setup,
    who: &str,
    identity: String,
) -> Finding {
    let server = verifier.invocation.component.name();
    let needed = match verifier.allowed_names() {
        Ok(AllowedNames::Only(names)) => format!("for the common name {}", quoted(&names, "or")),
        Ok(AllowedNames::Any) => "for any common name".to_owned(),
        Err(_) => "for a common name that is allowed".to_owned(),
    };
    let (accepts, demonstration) = (verifier.requestheader_client_ca.origin(), demonstration(verifier, who));
    let today = match &demonstration {
        Some(_) => String::new(),
        None => format!(" Today {server} reads no header, because no username header is configured."),
    };
    Finding::new(
        Severity::error_if(demonstration.is_some()),
        format!("{who}, which signs CertificateSigningRequests, can issue a front proxy for {server}"),
    )
    .at(origin, "signs CertificateSigningRequests")
    .related(accepts.map(|origin| related(origin, format!("{server} accepts front proxies of this CA"))))
    .consequence(format!(
        "Everyone who may have a CertificateSigningRequest {needed} approved can be any user of any group.{today}"
    ))
    .demonstration(demonstration)
    .fix(separate_ca(verifier).saying(|this| {
        let pair = client_ca_pair(manager, signer, verifier);
        format!("Let kube-controller-manager sign with {pair}. {this}")
    }))
    .identity([identity])
}

/// The flags with which a signer signs as the client CA: it ends where the key is that of another certificate.
fn client_ca_pair(manager: &Setup, signer: &Signer, verifier: &Setup) -> String {
    let path = verifier.client_ca.path().unwrap_or("/etc/kubernetes/pki/ca.crt");
    let certificate = format!("{}={path}", signer.called());
    let key_flag = signer.called().replace("cert-file", "key-file");
    let beside = key_of(path).unwrap_or_else(|| "/etc/kubernetes/pki/ca.key".to_owned());
    let is_its = |key: &&KeyFile| {
        let client_ca = verifier.client_ca.loaded();
        client_ca.is_some_and(|bundle| bundle.certificates().any(|ca| key.key.matches(ca)))
    };
    let keys = || manager.keys_on_host.iter().chain(&verifier.keys_on_host).filter(is_its);
    let is_there = keys().any(|key| key.looked_at.ends_with(beside.trim_start_matches('/')));
    let elsewhere = keys().next().filter(|_| !is_there).map(|key| path_on_node(verifier, &key.path));
    let reservation = if keys().next().is_none() { " (its key, wherever that is)" } else { "" };
    format!("{certificate} and {key_flag}={}{reservation}", elsewhere.unwrap_or(&beside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, check, check_beside};

    #[test]
    fn of_too_many_servers_some_are_looked_at_and_the_rest_leaves_it_undecided() {
        let cluster = Cluster::new();
        let manager = cluster.controller_manager().set("cluster-signing-cert-file", CLIENT_CA).setup();
        let (server, shared) = (cluster.server().setup(), cluster.server().set("client-ca-file", FRONT_PROXY_CA));
        let mut beside: Vec<&dyn crate::lint::testing::Subject> = vec![&server; MOST_BESIDE];
        check_beside(&RULE, &manager, &beside).expect_pass();
        let shared = shared.set("requestheader-client-ca-file", CLIENT_CA).setup();
        beside.push(&shared);
        check_beside(&RULE, &manager, &beside).expect_unknown();
        beside.insert(0, &shared);
        check_beside(&RULE, &manager, &beside).expect_finding();
    }

    #[test]
    fn fails_when_requests_are_signed_with_the_requestheader_ca() {
        let cluster = Cluster::new();
        let manager = cluster.controller_manager().set("cluster-signing-cert-file", FRONT_PROXY_CA).setup();
        let server = cluster.server().setup();
        let finding = check_beside(&RULE, &manager, &[&server]).expect_error();
        assert_eq!(finding.origin.source(), FRONT_PROXY_CA);
        assert!(finding.demonstration.unwrap().contains("front-proxy-client becomes"));
        // Alone it is judged by its own serving port.
        check(&RULE, &manager).expect_finding();
        // A certificate without its key ends the controller manager.
        let fix = check_beside(&RULE, &manager, &[&server]).expect_error().fix.sentence;
        let pair = "--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt and --cluster-signing-key-file=/etc/kubernetes/pki/ca.key";
        assert!(fix.contains(pair), "{fix}");
    }

    #[test]
    fn fails_for_a_signer_below_the_requestheader_ca() {
        let cluster = Cluster::new();
        let signer = cluster.front_proxy_ca.intermediate("signer");
        let manager = cluster.controller_manager().set("cluster-signing-cert-file", "/pki/signer.crt");
        let manager = manager.file("/pki/signer.crt", &signer.pem).setup();
        check_beside(&RULE, &manager, &[&cluster.server()]).expect_finding();
    }

    #[test]
    fn fails_once_for_two_flags_with_one_ca() {
        let cluster = Cluster::new();
        let manager = cluster
            .controller_manager()
            .set("cluster-signing-cert-file", FRONT_PROXY_CA)
            .set("cluster-signing-kube-apiserver-client-cert-file", FRONT_PROXY_CA);
        check_beside(&RULE, &manager, &[&cluster.server()]).expect_finding();
        // By the flags alone, too.
        let manager = manager.without_file(FRONT_PROXY_CA).setup();
        check_beside(&RULE, &manager, &[&cluster.server().without_file(FRONT_PROXY_CA)]).expect_finding();
    }

    #[test]
    fn passes_for_signers_that_issue_no_front_proxy() {
        const KUBELET: &str = "cluster-signing-kubelet-client-cert-file";
        let cluster = Cluster::new();
        let server = cluster.server();
        for flag in ["cluster-signing-kubelet-serving-cert-file", "cluster-signing-legacy-unknown-cert-file", KUBELET] {
            let manager = cluster.controller_manager().without("cluster-signing-cert-file").set(flag, FRONT_PROXY_CA);
            check_beside(&RULE, &manager, &[&server.clone()]).expect_pass();
        }
        let manager = cluster.controller_manager().without("cluster-signing-cert-file").set(KUBELET, FRONT_PROXY_CA);
        for names in ["", "front-proxy-client,system:node:one"] {
            let server = server.clone().set("requestheader-allowed-names", names).setup();
            check_beside(&RULE, manager.clone(), &[&server]).expect_finding();
        }
    }

    #[test]
    fn passes_when_the_client_ca_signs() {
        let cluster = Cluster::new();
        check_beside(&RULE, cluster.controller_manager(), &[&cluster.server()]).expect_pass();
    }

    #[test]
    fn is_unknown_when_the_signing_ca_was_not_looked_at() {
        let cluster = Cluster::new();
        let manager = cluster.controller_manager().set("cluster-signing-cert-file", "/elsewhere.crt").setup();
        check_beside(&RULE, &manager, &[&cluster.server()]).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_a_signer_or_when_the_client_ca_is_reused() {
        let cluster = Cluster::new();
        let manager = cluster.controller_manager();
        check(&RULE, manager.clone().without("cluster-signing-cert-file")).expect_not_applicable();
        let reused = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).setup();
        check_beside(&RULE, &manager, &[&reused]).expect_not_applicable();
        let other = Issued::ca("other");
        check(&RULE, manager.without("requestheader-client-ca-file").file(CLIENT_CA, &other.pem))
            .expect_not_applicable();
    }
}
