//! The requestheader CA does other work as well.

use crate::lint::facts::components::as_the_server_has;
use crate::lint::facts::reuse::shared_ca;
use crate::lint::facts::root_ca::root_ca_for_front_proxies;
use crate::lint::facts::wording::requestheader_ca;
use crate::lint::prelude::*;
use crate::model::{CertificateFile, is_same_file};
use crate::x509::path::{self, ChainRefusal};

pub(super) static RULE: Rule = Rule {
    id: "ca-shared-with-other-role",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/ca-shared-with-other-role.md"),
    checks: &[Check::Server(check), Check::OtherComponent(of_component), Check::ConfigMap(of_config_map)],
};

/// What each flag's certificate is for.
const ROLES: &[(&str, &str)] = &[
    ("tls-cert-file", "the serving certificate"),
    ("kubelet-client-certificate", "the client certificate for kubelets"),
    ("kubelet-certificate-authority", "the CA of the kubelets"),
    ("etcd-cafile", "the CA of etcd"),
    ("etcd-certfile", "the client certificate for etcd"),
    ("service-account-key-file", "the key of service account tokens"),
    ("root-ca-file", "the CA that pods get"),
];

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    judge(setup, setup, context)
}

/// A component without a bundle of its own makes front proxies for the server beside it.
fn of_component(component: &Setup, context: &Context<'_>) -> Outcome {
    let has_bundle = |setup: &&Setup| !setup.requestheader_client_ca.is_not_given();
    let mut verifiers = std::iter::once(component).chain(context.beside.servers.iter().copied());
    match verifiers.find(has_bundle) {
        Some(verifier) if std::ptr::eq(verifier, component) && !context.beside.servers.is_empty() => {
            let mut outcome = judge(component, component, context);
            if let Outcome::Fail(findings) = &mut outcome {
                findings.iter_mut().for_each(|finding| finding.fix = as_the_server_has(component, context));
            }
            outcome
        }
        Some(verifier) => judge(component, verifier, context),
        None => not_applicable("no component with --requestheader-client-ca-file was found beside it"),
    }
}

/// Whether the CA of a verifier's front proxies has one of a set-up's other roles.
fn judge(setup: &Setup, verifier: &Setup, context: &Context<'_>) -> Outcome {
    if let Some(why) = shared_ca(verifier, context) {
        return why.into();
    }
    if setup.neighbours().next().is_none() {
        return not_applicable("no other certificates are configured");
    }
    let bundle = match verifier.requestheader_client_ca.get() {
        Ok(bundle) => bundle,
        Err(why) => return by_flags(setup, verifier).map_or_else(|| why.into(), Outcome::from),
    };
    let mut unknown = None;
    let mut findings: Vec<Finding> = Vec::new();
    for neighbour in setup.neighbours() {
        match neighbour.get() {
            Err(why) if why.cause().is_nothing_to_judge() => {}
            Err(why) => unknown = Some(why),
            Ok(file) => {
                let Some(anchor) = issuer(context, bundle, file) else { continue };
                let found = finding(verifier, bundle, neighbour.flag.name, file, anchor);
                match findings.iter_mut().find(|known| known.identity == found.identity) {
                    Some(known) => known.related.extend(found.related.into_iter().take(1)),
                    None => findings.push(found),
                }
            }
        }
    }
    found_or(findings, unknown).into()
}

/// Whatever a file holds that both flags name, it has both roles.
fn by_flags(setup: &Setup, verifier: &Setup) -> Option<Finding> {
    let file = &verifier.requestheader_client_ca.flag;
    let same: Vec<&PathFlag> = setup
        .neighbours()
        .map(|neighbour| &neighbour.flag)
        .filter(|flag| is_same_file((setup, flag), (verifier, file)))
        .collect();
    let (first, ca) = (same.first()?, requestheader_ca(verifier));
    let role = role(first.name);
    let place = |flag: &&PathFlag| Some(related(flag.origin()?, format!("the same file is {}", self::role(flag.name))));
    Some(
        Finding::warning(format!("{ca} is that of front proxies, and serves for {role} (--{}) as well", first.name))
            .at(file.origin().unwrap_or(&verifier.invocation.origin), format!("the same file as --{}", first.name))
            .related(same.iter().filter_map(place))
            .consequence(who_may_be_anybody(verifier, &ca, role))
            .fix(separate_ca(verifier))
            .identity(["same file", file.as_written()]),
    )
}

fn role(flag: &str) -> &'static str {
    ROLES.iter().find(|(known, _)| *known == flag).map_or("another certificate", |(_, role)| role)
}

/// Of all other roles the objects of a cluster show one: what Pods verify kube-apiserver's certificate with.
fn of_config_map(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    let setup = config_map.reader();
    if let Some(why) = shared_ca(setup, context) {
        return why.into();
    }
    let bundle = match config_map.requestheader_client_ca().get() {
        Ok(bundle) => bundle,
        Err(why) => return why.into(),
    };
    let Some(root_ca) = context.objects.root_ca(config_map.origin()) else {
        return not_applicable("the CA that Pods get is not among the objects");
    };
    let Some((_, reach)) = root_ca_for_front_proxies(config_map, context) else { return Outcome::Pass };
    if config_map.client_ca().loaded().is_none() {
        return Reason::reported("it is the cluster's own CA", "configmap-ca-reused").into();
    }
    let is_told = |server: &&Setup| matches!(check(server, context), Outcome::Fail(_));
    if context.beside.servers.iter().any(is_told) {
        return not_applicable("a kube-apiserver beside it has the same fault, which is reported there");
    }
    let name = subject(&reach.issuer);
    Finding::warning(format!("the requestheader CA {name} also signs the certificate of kube-apiserver"))
        .at(&bundle.origin, format!("{name} does not sign front proxies only"))
        .related([related(&root_ca.origin, "Pods verify kube-apiserver with the same CA")])
        .consequence(who_may_be_anybody(setup, &name, "kube-apiserver's certificate"))
        .fix(separate_ca(setup))
        .identity([reach.issuer.key_fingerprint()])
        .into()
}

fn who_may_be_anybody(setup: &Setup, ca: &str, role: &str) -> String {
    let names = match &setup.allowed_names() {
        Ok(AllowedNames::Only(names)) => format!("under the name {}", quoted(names, "or")),
        Ok(AllowedNames::Any) => "under any name".to_owned(),
        Err(_) => "under an allowed name".to_owned(),
    };
    format!(
        "Whoever has {ca} issue a client certificate {names} can be any user of any group, and those who look after {role} \
         can have certificates issued there."
    )
}

/// The CA of the bundle that issued the certificate, or is it.
fn issuer<'a>(
    context: &Context<'_>,
    bundle: &'a TrustBundle,
    file: &CertificateFile,
) -> Option<&'a Located<Certificate>> {
    let own = file.certificates().find_map(|certificate| {
        let is_it = |anchor: &&Located<Certificate>| anchor.value.has_same_key(&certificate.value);
        bundle.anchors().iter().find(is_it).filter(|_| certificate.value.is_ca())
    });
    own.or_else(|| {
        let sent = file.intermediates();
        let (result, trace) = path::verify_with_trace(&file.leaf.value, bundle.pool(), &sent, context.now);
        // A serving certificate is no client certificate, but the CA signed it all the same.
        let for_another_usage = trace.refused_chains.into_iter().filter_map(|(chain, refusal)| match refusal {
            ChainRefusal::ExtendedKeyUsage { .. } => Some(chain),
            _ => None,
        });
        let chain = result.unwrap_or_default().into_iter().chain(for_another_usage).next()?;
        let root = chain.last()?.clone();
        bundle.anchors().iter().find(|anchor| anchor.value == root)
    })
}

fn finding(
    verifier: &Setup,
    bundle: &TrustBundle,
    flag: &str,
    file: &CertificateFile,
    anchor: &Located<Certificate>,
) -> Finding {
    let name = subject(&anchor.value);
    let role = role(flag);
    Finding::warning(format!("the requestheader CA {name} also serves for {role} (--{flag})"))
        .at(&bundle.origin, format!("{name} does not sign front proxies only"))
        .related([
            related(&file.origin, format!("{role} leads to the same CA")),
            related(&anchor.origin, format!("the certificate of {name}")),
        ])
        .consequence(who_may_be_anybody(verifier, &name, role))
        .fix(separate_ca(verifier))
        .identity([anchor.value.key_fingerprint()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::Scene;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, check, check_beside};
    use rcgen::ExtendedKeyUsagePurpose;

    const SERVING: &str = "/etc/kubernetes/pki/apiserver.crt";

    #[test]
    fn fails_when_it_issued_the_serving_certificate() {
        let cluster = Cluster::new();
        let serving = cluster.front_proxy_ca.client_with("kube-apiserver", |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        });
        let server = cluster.server().set("tls-cert-file", SERVING).file(SERVING, &serving.pem);
        check(&RULE, &server).expect_warning().says("--tls-cert-file");
    }

    #[test]
    fn fails_once_for_a_ca_with_several_purposes() {
        let cluster = Cluster::new();
        let etcd = cluster.front_proxy_ca.client("kube-apiserver-etcd-client");
        let server = cluster
            .server()
            .set("etcd-cafile", FRONT_PROXY_CA)
            .set("etcd-certfile", "/etcd.crt")
            .file("/etcd.crt", &etcd.pem);
        check(&RULE, &server).expect_finding();
    }

    #[test]
    fn fails_by_the_flags_alone_when_both_name_one_file() {
        for flag in ["etcd-cafile", "kubelet-certificate-authority"] {
            let server = Cluster::new().server().set(flag, FRONT_PROXY_CA).without_file(FRONT_PROXY_CA);
            let finding = check(&RULE, &server).expect_warning().says(&format!("(--{flag})"));
            assert_eq!(finding.origin.source(), FRONT_PROXY_CA);
            let other = server.set(flag, "/etc/kubernetes/pki/etcd/ca.crt");
            check(&RULE, &other).expect_unknown();
        }
    }

    #[test]
    fn fails_when_pods_get_the_ca_from_the_controller_manager() {
        let cluster = Cluster::new();
        let (manager, server) = (cluster.controller_manager(), cluster.server().setup());
        let shared = manager.clone().set("root-ca-file", FRONT_PROXY_CA);
        let without_bundle = shared.clone().without("requestheader-client-ca-file").setup();
        for manager in [&shared.setup(), &without_bundle] {
            check_beside(&RULE, manager, &[&server]).expect_warning().says("(--root-ca-file)");
        }
        check(&RULE, &without_bundle).expect_not_applicable();
        check_beside(&RULE, manager.set("root-ca-file", CLIENT_CA).setup(), &[&server]).expect_pass();
    }

    #[test]
    fn fails_in_a_config_map_beside_the_ca_that_pods_get() {
        let cluster = Cluster::new();
        let map = |root_ca| Scene::new().config_map(&cluster).root_ca(root_ca).check(&RULE);
        map(&cluster.front_proxy_ca).expect_warning().says("also signs the certificate of kube-apiserver");
        map(&cluster.client_ca).expect_pass();
        Scene::new().config_map(&cluster).check(&RULE).expect_not_applicable();
    }

    #[test]
    fn passes_when_the_client_ca_signs_the_rest() {
        let cluster = Cluster::new();
        let serving = cluster.client_ca.client("kube-apiserver");
        check(&RULE, cluster.server().set("tls-cert-file", SERVING).file(SERVING, &serving.pem)).expect_pass();
    }

    #[test]
    fn is_unknown_when_the_other_file_was_not_looked_at() {
        check(&RULE, Cluster::new().server().set("tls-cert-file", SERVING)).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_other_certificates_or_when_the_client_ca_is_reused() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server()).expect_not_applicable();
        let reused = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).set("etcd-cafile", CLIENT_CA);
        check(&RULE, &reused).expect_not_applicable();
    }
}
