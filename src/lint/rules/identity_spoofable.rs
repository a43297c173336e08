//! A CA behind both doors, and no name required.

use crate::lint::facts::reuse::Reuse;
use crate::lint::facts::wording::{allow_name, overlap_test};
use crate::lint::prelude::*;
use crate::model::{Refusal, RefusalKind, Startup, start};

pub(super) static RULE: Rule = Rule {
    id: "identity-spoofable",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/identity-spoofable.md"),
    checks: &[Check::Server(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    let overlap = &*context.overlap(setup);
    let Some(reuse) = Reuse::of(setup, overlap) else {
        return refusal(setup)
            .map_or_else(|| overlap.outcome_without_reuse(), |refusal| refused(setup, &refusal).into());
    };
    match setup.allowed_names() {
        Ok(AllowedNames::Any) => {}
        Ok(AllowedNames::Only(_)) => {
            return not_applicable("names are required; ca-reused judges what is left");
        }
        Err(_) => {
            return Outcome::undecided("whether a name is required is not known here; ca-reused has the rest");
        }
    }
    let version = setup.invocation.version.as_ref().map(|version| version.value);
    Finding::new(reuse.severity(), format!("{}, and no front proxy name is required", reuse.how()))
        .at(&reuse.origin(), reuse.label())
        .related(reuse.related())
        .consequence(format!(
            "Everyone who holds a client certificate of {} can be {} by adding headers to a \
             request; authorization and the audit log see the claimed user. {}{}",
            reuse.issuers(),
            reuse.whom(),
            overlap_test(version, overlap.is_byte_equal()),
            reuse.reservation(),
        ))
        .demonstration(reuse.demonstration())
        .fix(separate_ca(setup))
        .identity(reuse.identity())
        .into()
}

/// The start-up test looks at bytes alone: certificates that nothing verifies against, expired ones or those that are
/// no CA, end the server as well.
fn refusal(setup: &Setup) -> Option<Refusal> {
    match start(setup, setup.version()) {
        Startup::Refuses(refusal) if refusal.is_for(RefusalKind::Overlap) => Some(refusal),
        _ => None,
    }
}

fn refused(setup: &Setup, refusal: &Refusal) -> Finding {
    let shared = setup.bundles().ok().and_then(|(client, requestheader)| {
        requestheader.anchors().iter().find(|anchor| client.certificates().any(|other| *other == anchor.value))
    });
    let name = shared.map_or_else(|| "A certificate".to_owned(), |anchor| subject(&anchor.value));
    let version = setup.version();
    Finding::error(format!("{name} stands in both CA files, and no front proxy name is required"))
        .at(&refusal.origin, "stands in both files")
        .related(shared.map(|anchor| related(&anchor.origin, "the certificate")))
        .consequence(format!(
            "kube-apiserver {version} does not start. Nobody can be another user by it today, because nothing verifies \
             against that certificate now (it is expired, not yet valid, or not a CA)."
        ))
        .demonstration(format!("kube-apiserver {version} ends with: {}.", refusal.message))
        .fix(allow_name(setup, &[]).saying(|this| format!("Take {name} out of one of the two files. {this}")))
        .identity(shared.map(|anchor| anchor.value.fingerprint()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{
        CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, PROXY_CLIENT, SetupBuilder, check, user,
    };

    const MASTERS: &[(&str, &str)] = &[("X-Remote-User", "system:admin"), ("X-Remote-Group", "system:masters")];

    fn reused(cluster: &Cluster) -> SetupBuilder {
        cluster.server().set("requestheader-client-ca-file", CLIENT_CA).set("requestheader-allowed-names", "")
    }

    #[test]
    fn fails_when_one_file_is_in_both_flags() {
        let cluster = Cluster::new();
        let setup = reused(&cluster).setup();
        let finding = check(&RULE, &setup).expect_error();
        assert_eq!(finding.origin.source(), CLIENT_CA);
        let demonstration = finding.demonstration.unwrap();
        assert!(demonstration.starts_with("Any certificate of CN=kubernetes becomes a member"), "{demonstration}");
        let user = user(&setup, &[&cluster.client_ca.client("kubelet")], MASTERS).unwrap();
        assert_eq!(user.groups, ["system:masters", "system:authenticated"]);
        assert!(finding.consequence.contains("1.35 and later refuse"), "{}", finding.consequence);
        assert_eq!(finding.identity, [cluster.client_ca.fingerprint()]);
    }

    /// Servers that list no name publish none, and the first that lists one decides for all of them.
    #[test]
    fn the_new_client_has_the_name_of_the_old_one() {
        let cluster = Cluster::new();
        let server = reused(&cluster);
        let fix = check(&RULE, &server).expect_finding().fix;
        assert!(fix.flags.contains(&"--requestheader-allowed-names=front-proxy-client".to_owned()), "{fix}");
        let old = cluster.client_ca.client("aggregator");
        let fix = check(&RULE, server.clone().file(PROXY_CLIENT, &old.pem)).expect_finding().fix;
        assert!(fix.commands[0].ends_with(" --client-common-name aggregator"), "{fix}");
        assert!(fix.flags.contains(&"--requestheader-allowed-names=aggregator".to_owned()), "{fix}");
        let fix = check(&RULE, server.without_file(PROXY_CLIENT)).expect_finding().fix;
        assert!(fix.to_string().contains("give the new client the name of the old one"), "{fix}");
    }

    #[test]
    fn fails_for_a_copy_and_for_a_certificate_issued_again() {
        let cluster = Cluster::new();
        let server = cluster.server().set("requestheader-allowed-names", "");
        check(&RULE, server.clone().file(FRONT_PROXY_CA, &cluster.client_ca.pem)).expect_finding();
        check(&RULE, server.file(FRONT_PROXY_CA, &cluster.client_ca.reissued().pem))
            .expect_finding()
            .explains("misses this");
    }

    #[test]
    fn fails_when_the_client_ca_is_below_a_root_of_the_other_bundle() {
        let mut cluster = Cluster::new();
        cluster.client_ca = cluster.front_proxy_ca.intermediate("kubernetes");
        let setup = cluster.server().set("requestheader-allowed-names", "").setup();
        let demonstration = check(&RULE, &setup).expect_finding().demonstration.unwrap();
        assert!(demonstration.ends_with("It sends the certificate of CN=kubernetes along."), "{demonstration}");
        let user = user(&setup, &[&cluster.client_ca.client("kubelet"), &cluster.client_ca], MASTERS).unwrap();
        assert_eq!(user.username, "system:admin");
    }

    /// A client can send it along, whoever named its file.
    #[test]
    fn fails_with_a_cross_certificate_that_only_lies_beside_the_files() {
        let cluster = Cluster::new();
        let server = cluster.server().set("requestheader-allowed-names", "");
        let cross = cluster.client_ca.cross_signed_by(&cluster.front_proxy_ca);
        for name in ["cross.crt", "cross.crt.2026-01-01", "old.pem"] {
            let setup = server.clone().file(&format!("/etc/kubernetes/pki/{name}"), &cross.pem).setup();
            check(&RULE, &setup).expect_error();
            let sent = [&cluster.client_ca.client("kubelet"), &cross];
            assert_eq!(user(&setup, &sent, MASTERS).unwrap().username, "system:admin");
        }
        let stranger = Issued::ca("stranger").cross_signed_by(&cluster.front_proxy_ca);
        check(&RULE, server.file("/etc/kubernetes/pki/cross.crt", &stranger.pem)).expect_pass();
    }

    #[test]
    fn fails_when_a_file_was_not_looked_at_but_is_in_both_flags() {
        let cluster = Cluster::new();
        check(&RULE, reused(&cluster).without_file(CLIENT_CA).setup()).expect_finding().says("name the same file");
        let expression = cluster.server().set("requestheader-allowed-names", "");
        let expression = expression.set("client-ca-file", "{{ ca }}").set("requestheader-client-ca-file", "{{ca}}");
        check(&RULE, &expression).expect_finding();
    }

    #[test]
    fn says_what_each_version_does() {
        let cluster = Cluster::new();
        check(&RULE, reused(&cluster).version("1.34")).expect_finding().explains("1.34 starts with it");
        check(&RULE, reused(&cluster).version("1.36")).expect_finding().explains("1.36 refuses to start");
        // The model of the start-up agrees.
        let starts = |version: &str| {
            matches!(start(&reused(&cluster).setup(), version.parse().unwrap()), Startup::Starts { .. })
        };
        assert_eq!((starts("1.34"), starts("1.35")), (true, false));
    }

    #[test]
    fn fails_for_a_dead_certificate_in_both_files_because_the_server_does_not_start() {
        let cluster = Cluster {
            client_ca: Issued::ca_with("kubernetes", |params| params.not_after = NOW - time::Duration::DAY),
            ..Cluster::new()
        };
        check(&RULE, reused(&cluster)).expect_error().explains("does not start");
        check(&RULE, reused(&cluster).version("1.34")).expect_pass();
    }

    #[test]
    fn only_warns_while_no_header_is_read() {
        let cluster = Cluster::new();
        check(&RULE, reused(&cluster).without("requestheader-username-headers")).expect_warning().shows_nothing();
    }

    #[test]
    fn passes_with_a_separate_ca() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server().set("requestheader-allowed-names", "")).expect_pass();
        // The same name is not the same CA.
        let namesake = Cluster { front_proxy_ca: Issued::ca("kubernetes"), ..cluster };
        check(&RULE, namesake.server().set("requestheader-allowed-names", "")).expect_pass();
    }

    #[test]
    fn is_unknown_when_different_files_were_not_looked_at() {
        let cluster = Cluster::new();
        let server = cluster.server().set("requestheader-allowed-names", "");
        check(&RULE, server.clone().without_file(CLIENT_CA)).expect_unknown();
        check(&RULE, server.set("client-ca-file", "{{ a }}").set("requestheader-client-ca-file", "{{ b }}"))
            .expect_unknown();
    }

    #[test]
    fn does_not_apply_when_names_are_required_or_a_side_is_missing() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server().set("requestheader-client-ca-file", CLIENT_CA)).expect_not_applicable();
        check(&RULE, cluster.server().without("requestheader-client-ca-file")).expect_not_applicable();
        check(&RULE, cluster.server().without("client-ca-file")).expect_not_applicable();
    }
}
