//! A private key in a file that is made to be handed around.

use crate::lint::facts::api_service_patch::with_ca_bundle;
use crate::lint::facts::init_command::rotate;
use crate::lint::facts::look::{Judged, each_bundle, not_applicable};
use crate::lint::facts::serving::decoded;
use crate::lint::facts::wording::{drop_key, related, subject_and_fingerprint};
use crate::lint::{Check, Context, Finding, Fix, Rule, Severity};
use crate::model::{PathFlag, Reason, Setup, TrustBundle, known_certificates};
use crate::source::ApiService;
use crate::text::{Located, Text};
use crate::x509::path::verify_issued_by;
use crate::x509::{Certificate, CertificatePool, PrivateKey, pem};

pub(super) static RULE: Rule = Rule {
    id: "private-key-in-bundle",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/private-key-in-bundle.md"),
    checks: &[
        Check::Trust(|setup, context| each_bundle(setup, |flag, bundle| judge(context, setup, flag, bundle))),
        Check::ApiService(|service, context| judge_api_service(service, context).into()),
    ],
};

/// An APIService holds what is public, and whoever may read it has all of that.
fn judge_api_service(service: &ApiService, context: &Context<'_>) -> Judged {
    let Some(bundle) = service.ca_bundle.as_ref().filter(|_| !service.ca_bundle_unknown) else {
        return Err(not_applicable("there is no caBundle to look at"));
    };
    let Some(pem) = pem::base64::decode(bundle.as_str().trim().as_bytes()) else {
        return Err(Reason::reported("caBundle is not base64", "apiservice-ca-bundle").into());
    };
    let cas = decoded(bundle.as_str());
    let keys = pem::blocks(&pem).filter(pem::Block::is_private_key);
    Ok(keys
        .map(|block| {
            let fix = with_ca_bundle(service, context.objects);
            api_service_finding(service, bundle, &cas, pem.get(block.span), fix)
        })
        .collect())
}

fn api_service_finding(
    service: &ApiService,
    bundle: &Text,
    cas: &[Certificate],
    key: Option<&[u8]>,
    fix: Fix,
) -> Finding {
    let key = key.and_then(|pem| PrivateKey::from_pem(pem).ok());
    let ca = key.and_then(|key| cas.iter().find(|ca| key.matches(ca)));
    let name = &service.name.value;
    Finding {
        severity: if ca.is_some() { Severity::Error } else { Severity::Warning },
        message: match ca {
            Some(ca) => format!("{name}: caBundle holds the private key of the CA {}", subject_and_fingerprint(ca)),
            None => format!("{name}: caBundle holds a private key"),
        },
        origin: bundle.origin(),
        label: "a private key in a public object".to_owned(),
        related: Vec::new(),
        consequence: match ca {
            Some(_) => format!(
                "Everybody who can read {name} can make a certificate that kube-apiserver takes for its server's."
            ),
            None => format!("Everybody who can read {name} has the key."),
        },
        demonstration: None,
        fix: fix.saying(|this| {
            format!("Take the key for stolen: replace the CA, and leave its key out of caBundle. {this}")
        }),
        identity: vec![name.clone(), "caBundle".to_owned()],
    }
}

fn judge(context: &Context<'_>, setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Vec<Finding> {
    bundle.private_keys.iter().map(|key| finding(context, setup, flag, bundle, key)).collect()
}

fn finding(
    context: &Context<'_>,
    setup: &Setup,
    flag: &PathFlag,
    bundle: &TrustBundle,
    key: &Located<Option<PrivateKey>>,
) -> Finding {
    let belongs_to = |certificate: &Certificate| key.value.as_ref().is_some_and(|key| key.matches(certificate));
    // This bundle first; a key of the other one opens that one's door.
    let others = [&setup.client_ca, &setup.requestheader_client_ca].into_iter();
    let others = others.filter_map(|other| Some((&other.flag, other.loaded()?)));
    let ca = [(flag, bundle)].into_iter().chain(others).find_map(|(flag, bundle)| {
        Some((flag, bundle, bundle.anchors().iter().find(|anchor| belongs_to(&anchor.value))?))
    });
    let usable = ca.filter(|(_, bundle, ca)| {
        verify_issued_by(&ca.value, bundle.pool(), &CertificatePool::default(), context.now).is_ok()
    });
    let becomes = |flag: &PathFlag| match flag.name {
        "client-ca-file" => "any user, a member of system:masters too",
        _ => "a front proxy, and so any user",
    };
    let called = flag.called();
    let place = if flag.is_key() { "the ConfigMap" } else { &bundle.path };
    let of = match ca {
        Some((_, _, ca)) => Some(format!("the CA {}", subject_and_fingerprint(&ca.value))),
        None => known_certificates(setup).find(|known| belongs_to(known)).map(subject_and_fingerprint),
    };
    let is_own = ca.is_some_and(|(of, ..)| of.name == flag.name);
    Finding {
        // What cannot be shown to open anything is no error: an encrypted key, or that of something else.
        severity: if usable.is_some() { Severity::Error } else { Severity::Warning },
        message: match &of {
            Some(of) => format!("{called} holds the private key of {of}"),
            None => format!("{called} holds a private key"),
        },
        origin: key.origin.clone(),
        label: "a private key in a public file".to_owned(),
        related: ca.map(|(_, _, ca)| related(&ca.origin, "it belongs to this CA")).into_iter().collect(),
        consequence: match usable {
            Some((flag, ..)) => format!("Everybody who can read {place} can make himself {}.", becomes(flag)),
            None => format!("Everybody who can read {place} has the key."),
        },
        demonstration: usable.map(|(flag, _, ca)| {
            format!(
                "a client certificate that this key signs as {} is accepted by {}: its holder is {}",
                ca.value.subject,
                flag.called(),
                becomes(flag)
            )
        }),
        fix: if is_own { fix(setup, flag, bundle) } else { out_of(flag, bundle, of.as_deref()) },
        identity: vec![flag.name.to_owned(), bundle.path.clone()],
    }
}

/// Of a key that is not that of the bundle's own CA, as far as is known; that CA stays.
fn out_of(flag: &PathFlag, bundle: &TrustBundle, owner: Option<&str>) -> Fix {
    let owner = owner.unwrap_or("whose it is cannot be told here");
    if flag.is_key() {
        return drop_key(flag.name)
            .saying(|this| format!("{this} Take the key for stolen, and replace what it belongs to: {owner}."));
    }
    format!("Take the key out of {}, take it for stolen, and replace what it belongs to: {owner}.", bundle.path).into()
}

/// The key is out; kube-apiserver publishes certificates alone, and takes no key out that somebody put in.
fn fix(setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Fix {
    if flag.is_key() {
        return drop_key(flag.name).saying(|this| format!("{this} Take the key for stolen, and replace the CA."));
    }
    if flag.name == "client-ca-file" {
        return format!("Take the key out of {}, and replace the CA.", bundle.path).into();
    }
    rotate(setup, &["--compromised", "--accept-outage"]).saying(|this| {
        format!(
            "Take the key out of {}, and take it for stolen: aggregated APIs are out for a while. {this}",
            bundle.path
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{Scene, server_certificate};
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, check};

    fn with_key(cluster: &Cluster, key: &str) -> Setup {
        cluster.server().file(FRONT_PROXY_CA, &format!("{key}{}", cluster.front_proxy_ca.pem)).setup()
    }

    #[test]
    fn fails_with_the_key_of_the_ca_and_shows_what_it_opens() {
        let cluster = Cluster::new();
        let finding = check(&RULE, with_key(&cluster, &cluster.front_proxy_ca.key_pem)).expect_error();
        assert_eq!(finding.origin.source(), "-----BEGIN PRIVATE KEY-----");
        finding.shows("its holder is a front proxy, and so any user");
    }

    #[test]
    fn fails_as_a_warning_with_another_key() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        check(&RULE, with_key(&cluster, &other.client_ca.key_pem)).expect_warning().shows_nothing();
        let of_client = check(&RULE, with_key(&cluster, &cluster.proxy_client.key_pem)).expect_warning();
        assert!(of_client.message.contains("the private key of CN=front-proxy-client"), "{}", of_client.message);
    }

    /// The front proxy's CA stays: an outage for a key that is safe.
    #[test]
    fn says_whose_key_it_is_and_replaces_nothing_else() {
        let cluster = Cluster::new();
        let finding = check(&RULE, with_key(&cluster, &cluster.client_ca.key_pem)).expect_error();
        assert!(finding.message.contains("the private key of the CA CN=kubernetes"), "{}", finding.message);
        assert!(finding.fix.sentence.contains("replace what it belongs to: the CA CN=kubernetes"), "{}", finding.fix);
        assert!(finding.fix.commands.is_empty(), "{}", finding.fix);
        let both = format!("{}{}", cluster.front_proxy_ca.pem, cluster.client_ca.key_pem);
        let published = check(&RULE, cluster.config_map().set("requestheader-client-ca-file", &both)).expect_finding();
        assert_eq!(published.fix.commands.len(), 1, "{}", published.fix);
        finding.shows("its holder is any user");
    }

    #[test]
    fn fails_with_a_key_in_the_ca_bundle_of_an_api_service() {
        let scene = |key: &str| {
            let mut ca = Issued::ca("wardle-ca");
            let certificate = server_certificate(&ca, |_| {});
            let own = if key.is_empty() { &ca.key_pem } else { key };
            ca.pem = format!("{own}{}", ca.pem);
            Scene::serving(&certificate, &ca).check(&RULE).expect_finding()
        };
        let finding = scene("");
        assert_eq!(finding.severity, Severity::Error);
        assert!(
            finding.message.contains("caBundle holds the private key of the CA CN=wardle-ca"),
            "{}",
            finding.message
        );
        assert_eq!(scene(&Issued::ca("other").key_pem).severity, Severity::Warning);
        Scene::new().check(&RULE).expect_pass();
    }

    #[test]
    fn passes_with_certificates_alone() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }
}
