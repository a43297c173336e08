//! What the two bundles of one component have to do with each other; several rules share the answer, so that one
//! cause gives one error.

use time::OffsetDateTime;

use crate::kubernetes::Component;
use crate::lint::Outcome;
use crate::model::{
    AllowedNames, FileState, ListSetting, Reach, ReachKind, Reason, RequestHeaderConfig, Setting, Setup, TrustBundle,
    demonstrate_front_proxy, is_same_file, reaches,
};
use crate::source::InputFormat;
use crate::text::Located;
use crate::x509::{Certificate, CertificatePool};

pub(super) use super::look::{both, flag, loaded, requestheader_bundle, servers_beside};
use super::wording::with_capital;

/// Whether certificates that the client CA issues are accepted as front proxies' certificates.
#[derive(Debug)]
pub(super) enum Overlap {
    /// Both flags name one file, and what it holds was not looked at: whatever it is, it is on both sides.
    SameFile,
    /// The CAs of the client bundle whose certificates get in; never empty.
    Reaches(Vec<Reach>),
    Separate,
    /// A bundle could not be looked at, or there is none, and why.
    NotKnown(Reason),
}

impl Overlap {
    /// Decided by path validation over what the files hold; by the flags alone only when both name the same file.
    pub(super) fn of(setup: &Setup, now: OffsetDateTime) -> Self {
        match both(setup) {
            Ok((client, requestheader)) => {
                let found = ways(setup, client, requestheader, now);
                if found.is_empty() { Self::Separate } else { Self::Reaches(found) }
            }
            Err(why) => {
                let options = &setup.options;
                let sides = [&options.client_ca_file, &options.requestheader_client_ca_file].map(|flag| (setup, flag));
                if is_same_file(sides[0], sides[1]) { Self::SameFile } else { Self::NotKnown(why) }
            }
        }
    }

    /// What a rule about reuse says when there is none.
    pub(super) fn outcome_without_reuse(self) -> Outcome {
        match self {
            Self::NotKnown(why) => why.into(),
            Self::Separate | Self::SameFile | Self::Reaches(_) => Outcome::Pass,
        }
    }

    pub(super) fn is_reuse(&self) -> bool {
        matches!(self, Self::SameFile | Self::Reaches(_))
    }

    /// Whether the start-up test of 1.35 sees it: it compares certificates byte for byte
    /// (`pkg/kubeapiserver/options/authentication.go`, `certificatesOverlap`).
    pub(super) fn is_byte_equal(&self) -> bool {
        match self {
            Self::SameFile => true,
            Self::Reaches(found) => found.iter().any(|reach| reach.kind == ReachKind::SameCertificate),
            _ => false,
        }
    }
}

/// The reason that a rule about a lesser fault gives when the two bundles share a CA: that fault is part of the
/// greater one, which `identity-spoofable` or `ca-reused` reports. `None`: they do not, or it is not known.
pub(super) fn shared_ca(setup: &Setup, now: OffsetDateTime) -> Option<Reason> {
    Overlap::of(setup, now).is_reuse().then(|| {
        let rule = match (setup.invocation.format, setup.invocation.component) {
            (InputFormat::ConfigMap, _) => "configmap-ca-reused",
            (_, Component::KubeApiserver) if allowed_names(setup) == Names::Any => "identity-spoofable",
            (_, Component::KubeApiserver) => "ca-reused",
            _ => "component-ca-reused",
        };
        Reason::reported("the client CA and the requestheader CA are not separate", rule)
    })
}

/// The CAs of the requestheader bundle whose certificates the client bundle accepts, without those that stand on both
/// sides: of these one can only say that they are not separate.
pub(super) fn requestheader_cas_that_log_in(
    setup: &Setup,
    client: &TrustBundle,
    requestheader: &TrustBundle,
    now: OffsetDateTime,
) -> Vec<Reach> {
    ways(setup, requestheader, client, now)
        .into_iter()
        .filter(|reach| !client.certificates().any(|anchor| anchor.is_same_issuer(&reach.issuer)))
        .collect()
}

/// All ways from the CAs of one bundle into another, each CA (name and key) once. What lies around the component counts
/// as sent along.
pub(super) fn ways(setup: &Setup, from: &TrustBundle, into: &TrustBundle, now: OffsetDateTime) -> Vec<Reach> {
    let mut found: Vec<Reach> = Vec::new();
    for reach in reaches(from, into, &known_certificates(setup), now) {
        // A client certificate that stands in a CA file is a client, but not the CA of any.
        let can_issue = reach.chain.first().is_some_and(|issuer| issuer.may_sign().is_ok());
        if can_issue && !found.iter().any(|known| known.issuer.is_same_issuer(&reach.issuer)) {
            found.push(reach);
        }
    }
    found
}

pub(super) fn is_same_issuer(one: &Certificate, other: &Certificate) -> bool {
    one.is_same_issuer(other)
}

pub(super) fn has_same_key(one: &Certificate, other: &Certificate) -> bool {
    one.has_same_key(other)
}

/// One certificate as a bundle of its own.
pub(super) fn bundle_of(certificate: &Located<Certificate>) -> TrustBundle {
    TrustBundle {
        path: String::new(),
        origin: certificate.origin.clone(),
        anchors: vec![certificate.clone()],
        private_keys: Vec::new(),
    }
}

/// Every certificate that lies around the component: what a client could send along.
fn known_certificates(setup: &Setup) -> Vec<Certificate> {
    let bundles = [&setup.client_ca, &setup.requestheader_client_ca];
    let anchors = bundles.into_iter().filter_map(FileState::loaded).flat_map(TrustBundle::certificates);
    anchors.chain(other_certificates(setup).map(|certificate| &certificate.value)).cloned().collect()
}

/// The certificates outside of the two bundles: the proxy client's, the serving pair's and the like.
pub(super) fn other_certificates(setup: &Setup) -> impl Iterator<Item = &Located<Certificate>> {
    std::iter::once(&setup.proxy_client)
        .chain(setup.neighbours.iter().map(|(_, state)| state))
        .chain(setup.signing_cas.iter().map(|(_, state)| state))
        .filter_map(FileState::loaded)
        .flat_map(|file| std::iter::once(&file.leaf).chain(&file.rest))
}

/// Whether certificates that this CA of the bundle issues are accepted by the bundle now.
pub(super) fn can_issue(ca: &Located<Certificate>, bundle: &TrustBundle, setup: &Setup, now: OffsetDateTime) -> bool {
    !ways(setup, &bundle_of(ca), bundle, now).is_empty()
}

/// Which names a front proxy needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// The list is empty: every certificate that verifies is a front proxy's.
    Any,
    Only(Vec<String>),
    /// The list is an expression, or may be given in another part of the flags.
    Unknown,
}

/// What a rule about the names says when they are not known.
pub(super) fn unknown_names(setup: &Setup) -> Outcome {
    const FLAG: &str = "--requestheader-allowed-names";
    match (&setup.options.requestheader_allowed_names, &setup.options.fragment) {
        (Setting::Opaque(expression), _) => Reason::expression(expression).about(FLAG).into(),
        (_, Some(why)) => why.clone().about(FLAG).into(),
        (_, None) => Reason::not_given(FLAG).into(),
    }
}

pub(super) fn allowed_names(setup: &Setup) -> Names {
    let setting = &setup.options.requestheader_allowed_names;
    match setting.entries() {
        Some(names) if !names.is_empty() => Names::Only(names.into_iter().map(str::to_owned).collect()),
        Some(_) if !setting.is_absent() || setup.options.fragment.is_none() => Names::Any,
        _ => Names::Unknown,
    }
}

/// The request header authenticator as far as names and headers decide what a front proxy becomes.
///
/// What is not known here is taken as it usually is: the rules that ask have found what does not depend on it.
pub(super) fn request_header_config(setup: &Setup) -> RequestHeaderConfig {
    let options = &setup.options;
    RequestHeaderConfig {
        client_ca: setup.requestheader_client_ca.loaded().map(pool).unwrap_or_default(),
        allowed_names: match allowed_names(setup) {
            Names::Any => AllowedNames::Any,
            Names::Only(names) => AllowedNames::Only(names),
            Names::Unknown => AllowedNames::Only(vec!["that is allowed".to_owned()]),
        },
        username_headers: headers(setup, &options.requestheader_username_headers, "X-Remote-User"),
        uid_headers: Vec::new(),
        group_headers: headers(setup, &options.requestheader_group_headers, "X-Remote-Group"),
        extra_header_prefixes: Vec::new(),
    }
}

/// The headers of a list, or the usual one where the list is not known or has a default.
///
/// kube-apiserver has none; the controller manager and the scheduler do
/// (`staging/src/k8s.io/apiserver/pkg/server/options/authentication.go`, `NewDelegatingAuthenticationOptions`).
fn headers(setup: &Setup, list: &ListSetting, usual: &str) -> Vec<String> {
    let invocation = &setup.invocation;
    let has_default = invocation.component != Component::KubeApiserver && invocation.format != InputFormat::ConfigMap;
    match list {
        Setting::Absent if setup.options.fragment.is_none() && !has_default => Vec::new(),
        Setting::Absent | Setting::Opaque(_) => vec![usual.to_owned()],
        Setting::Given(given) => given.value.value.iter().map(|name| name.value.clone()).collect(),
    }
}

/// What any certificate of that CA becomes at this component; `None`: nobody becomes anything, because no header is
/// read.
pub(super) fn demonstration(setup: &Setup, issuer: &str) -> Option<String> {
    let shown = demonstrate_front_proxy(&request_header_config(setup), issuer)?;
    Some(format!("{}.", with_capital(&shown)))
}

fn pool(bundle: &TrustBundle) -> CertificatePool {
    CertificatePool::new(bundle.certificates().cloned())
}
