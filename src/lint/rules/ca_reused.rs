//! A CA behind both doors, with names required.

use crate::lint::facts::reuse::Reuse;
use crate::lint::prelude::*;
use crate::model::{is_same_file, refuses_to_start};

pub(super) static RULE: Rule = Rule {
    id: "ca-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/ca-reused.md"),
    checks: &[Check::Server(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    let overlap = &*context.overlap(setup);
    let reuse = match Reuse::of(setup, overlap) {
        Some(reuse) => reuse,
        None => return overlap.outcome_without_reuse(),
    };
    let who = match reuse.names() {
        Ok(AllowedNames::Any) => {
            return not_applicable("no name is required, which identity-spoofable judges");
        }
        Ok(AllowedNames::Only(names)) if names.iter().any(|name| !name.trim().is_empty()) => {
            format!("a certificate of {} with the common name {}", reuse.issuers(), quoted(names, "or"))
        }
        Ok(AllowedNames::Only(_)) => format!("a certificate of {} with a name that is allowed then", reuse.issuers()),
        Err(_) => format!(
            "a certificate of {} with an allowed name (the list is not known here; if it is empty, any name)",
            reuse.issuers()
        ),
    };
    let starts = !refuses_to_start(setup);
    let signers = csr_signers(context, setup, &reuse);
    let through_requests = if signers.is_empty() {
        "for example by an approved CertificateSigningRequest"
    } else {
        "which kube-controller-manager issues for every approved CertificateSigningRequest that asks for it"
    };
    Finding::new(reuse.severity(), reuse.how())
        .at(&reuse.origin(), reuse.label())
        .related(reuse.related().into_iter().chain(signers))
        .consequence(format!(
            "Whoever obtains {who}, {through_requests}, can be {} by adding headers to a request. \
             {}, other clients notice nothing, and the audit log names the claimed user.{}",
            reuse.whom(),
            if starts { "The server starts" } else { "Today the server does not start; when it does" },
            reuse.reservation(),
        ))
        .demonstration(reuse.demonstration())
        .fix(separate_ca(setup))
        .identity(reuse.identity())
        .into()
}

/// Where a controller manager beside the server is told to sign with the CA that is reused.
fn csr_signers(context: &Context<'_>, server: &Setup, reuse: &Reuse<'_>) -> Vec<Related> {
    let label = "CertificateSigningRequests are signed with this CA";
    let mut places = Vec::new();
    for other in &context.beside.other_components {
        for signing in &other.signing_cas {
            let Some(origin) = signing.origin() else { continue };
            let is_reused = match signing.loaded() {
                Some(file) => reuse.reaches().iter().any(|reach| reach.issuer.is_same_issuer(&file.leaf.value)),
                None => is_same_file((other, &signing.flag), (server, &server.client_ca.flag)),
            };
            if is_reused {
                places.push(related(origin, label));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{
        CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, PROXY_CLIENT, check, check_beside, user,
    };

    #[test]
    fn fails_when_one_file_is_in_both_flags() {
        let cluster = Cluster::new();
        let setup = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).setup();
        let finding = check(&RULE, &setup).expect_error();
        assert_eq!(finding.origin.source(), CLIENT_CA);
        assert!(finding.consequence.contains("`front-proxy-client`"), "{}", finding.consequence);
        let demonstration = finding.demonstration.unwrap();
        assert!(demonstration.contains("CN=kubernetes with the common name front-proxy-client"), "{demonstration}");
        let headers = [("X-Remote-User", "eve"), ("X-Remote-Group", "system:masters")];
        let eve = user(&setup, &[&cluster.client_ca.client("front-proxy-client")], &headers).unwrap();
        assert_eq!((eve.username.as_str(), eve.groups[0].as_str()), ("eve", "system:masters"));
        // Everybody else goes on as before.
        assert_eq!(user(&setup, &[&cluster.client_ca.client("kubelet")], &headers).unwrap().username, "kubelet");
        assert!(finding.fix.flags[0].contains("/etc/kubernetes/pki/front-proxy/front-proxy-ca.crt"), "{}", finding.fix);
    }

    /// Quotes, blanks and patterns are faults of the list, which the new client must not be called by.
    #[test]
    fn the_new_client_has_a_name_as_it_was_meant() {
        let server = Cluster::new().server().set("requestheader-client-ca-file", CLIENT_CA).without_file(PROXY_CLIENT);
        for names in ["'front-proxy-client'", " front-proxy-client", "*", " ", "*,front-proxy-client"] {
            let finding = check(&RULE, server.clone().set("requestheader-allowed-names", names)).expect_error();
            let fix = finding.fix;
            assert_eq!(fix.commands, ["aggcert init /etc/kubernetes/pki/front-proxy"], "{names:?}");
            assert_eq!(fix.flags[1], "--requestheader-allowed-names=front-proxy-client", "{names:?}");
        }
        let blank = check(&RULE, server.set("requestheader-allowed-names", " ")).expect_error();
        assert!(blank.consequence.contains("Today the server does not start; when it does"), "{}", blank.consequence);
    }

    #[test]
    fn the_new_client_is_not_called_as_others_are() {
        let cluster = Cluster::new();
        let admin = cluster.client_ca.client("admin");
        let server = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).file(PROXY_CLIENT, &admin.pem);
        let fix = check(&RULE, server.set("requestheader-allowed-names", "admin")).expect_error().fix;
        assert_eq!(fix.commands, ["aggcert init /etc/kubernetes/pki/front-proxy"]);
        assert_eq!(fix.flags[1], "--requestheader-allowed-names=front-proxy-client,admin");
    }

    #[test]
    fn nobody_is_of_a_group_where_none_is_read() {
        let server = Cluster::new().server().set("requestheader-client-ca-file", CLIENT_CA);
        let all = check(&RULE, &server).expect_error();
        assert!(all.consequence.contains("can be any user of any group by"), "{}", all.consequence);
        let without = check(&RULE, server.without("requestheader-group-headers")).expect_error();
        assert!(without.consequence.contains("can be any user, though of no group, by"), "{}", without.consequence);
    }

    #[test]
    fn fails_for_a_cross_signed_client_ca() {
        let cluster = Cluster::new();
        let cross = cluster.client_ca.cross_signed_by(&cluster.front_proxy_ca);
        // The cross certificate lies in the client bundle, beside the self-signed one.
        let both = format!("{}{}", cluster.client_ca.pem, cross.pem);
        check(&RULE, cluster.server().file(CLIENT_CA, &both)).expect_finding().says("was signed by CN=front-proxy-ca");
    }

    #[test]
    fn fails_by_the_flags_alone_when_both_name_one_file() {
        let cluster = Cluster::new();
        let server = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).without_file(CLIENT_CA);
        check(&RULE, &server).expect_finding();
        // A fragment may have its names elsewhere, but says enough.
        check(&RULE, server.without("requestheader-allowed-names").fragment()).expect_finding();
    }

    #[test]
    fn shows_the_controller_manager_that_signs_requests() {
        let cluster = Cluster::new();
        let server = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).setup();
        let manager = cluster.controller_manager().setup();
        let finding = check_beside(&RULE, &server, &[&manager]).expect_finding();
        assert!(finding.related.iter().any(|place| place.label.starts_with("CertificateSigningRequests")));
    }

    #[test]
    fn passes_with_a_separate_ca() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn is_unknown_where_the_issuer_of_the_client_ca_is_not_here() {
        let cluster = Cluster::new();
        let root = Issued::ca("root");
        let client_ca = root.intermediate("kubernetes");
        let server = cluster.server().file(CLIENT_CA, &client_ca.pem);
        let why = check(&RULE, &server).expect_unknown();
        assert!(why.contains("CN=kubernetes was issued by CN=root, whose certificate is not here"), "{why}");
        check(&RULE, server.file("/etc/kubernetes/pki/root.crt", &root.pem)).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_requestheader_ca_or_without_names() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server().without("requestheader-client-ca-file")).expect_not_applicable();
        let any = cluster.server().file(FRONT_PROXY_CA, &cluster.client_ca.pem).set("requestheader-allowed-names", "");
        check(&RULE, &any).expect_not_applicable();
    }
}
