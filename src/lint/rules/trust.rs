//! What the two bundles of one component have to do with each other; several rules share the answer, so that one
//! cause gives one error.

use std::path::Path;

use time::OffsetDateTime;

use crate::kubernetes::Component;
use crate::lint::{Context, Outcome, Target};
use crate::model::{
    AllowedNames, FileState, ListSetting, Reach, ReachKind, RequestHeaderConfig, Setting, Setup, TrustBundle,
    demonstrate_front_proxy, reaches,
};
use crate::source::{Completeness, InputFormat, Invocation};
use crate::text::Located;
use crate::x509::{Certificate, CertificatePool, KeyUsage};

use super::wording::with_capital;

/// Whether certificates that the client CA issues are accepted as front proxies' certificates.
#[derive(Debug)]
pub(super) enum Overlap {
    /// Both flags name one file, and what it holds was not looked at: whatever it is, it is on both sides.
    SameFile,
    /// The CAs of the client bundle whose certificates get in; never empty.
    Reaches(Vec<Reach>),
    Separate,
    /// One of the two sides is not configured, and which.
    NotConfigured(String),
    /// A bundle could not be looked at, and why.
    Unknown(String),
}

impl Overlap {
    /// Decided by path validation over what the files hold; by the flags alone only when both name the same file.
    pub(super) fn of(setup: &Setup, now: OffsetDateTime) -> Self {
        match both(setup) {
            Ok((client, requestheader)) => {
                let found = ways(setup, client, requestheader, now);
                if found.is_empty() { Self::Separate } else { Self::Reaches(found) }
            }
            Err(_)
                if same_file(setup, [&setup.options.client_ca_file, &setup.options.requestheader_client_ca_file]) =>
            {
                Self::SameFile
            }
            Err(Missing::NotThere(why)) => Self::NotConfigured(why),
            Err(Missing::NotKnown(why)) => Self::Unknown(why),
        }
    }

    /// What a rule about reuse says when there is none.
    pub(super) fn outcome_without_reuse(self) -> Outcome {
        match self {
            Self::NotConfigured(why) => Outcome::NotApplicable(why),
            Self::Unknown(why) => Outcome::Unknown(why),
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
pub(super) fn shared_ca(setup: &Setup, now: OffsetDateTime) -> Option<String> {
    Overlap::of(setup, now).is_reuse().then(|| {
        let rule = match (setup.invocation.format, setup.invocation.component) {
            (InputFormat::ConfigMap, _) => "configmap-ca-reused",
            (_, Component::KubeApiserver) if allowed_names(setup) == Names::Any => "identity-spoofable",
            (_, Component::KubeApiserver) => "ca-reused",
            _ => "component-ca-reused",
        };
        format!("the client CA and the requestheader CA are not separate, which {rule} reports")
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
        .filter(|reach| !client.certificates().any(|anchor| is_same_issuer(anchor, &reach.issuer)))
        .collect()
}

/// All ways from the CAs of one bundle into another, each CA (name and key) once. What lies around the component counts
/// as sent along.
pub(super) fn ways(setup: &Setup, from: &TrustBundle, into: &TrustBundle, now: OffsetDateTime) -> Vec<Reach> {
    let mut found: Vec<Reach> = Vec::new();
    for reach in reaches(from, into, &known_certificates(setup), now) {
        // A client certificate that stands in a CA file is a client, but not the CA of any.
        let can_issue = reach.chain.first().is_some_and(can_sign);
        if can_issue && !found.iter().any(|known| is_same_issuer(&known.issuer, &reach.issuer)) {
            found.push(reach);
        }
    }
    found
}

/// Whether Go takes the certificate as anyone's issuer (`Certificate.CheckSignatureFrom`).
fn can_sign(certificate: &Certificate) -> bool {
    let is_ca = certificate.version < 3 || certificate.basic_constraints.is_some_and(|constraints| constraints.ca);
    is_ca && certificate.key_usage.is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN))
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

/// Whether certificates that the one signs are certificates that the other signs.
pub(super) fn is_same_issuer(one: &Certificate, other: &Certificate) -> bool {
    one.raw_subject == other.raw_subject && has_same_key(one, other)
}

pub(super) fn has_same_key(one: &Certificate, other: &Certificate) -> bool {
    one.raw_subject_public_key_info == other.raw_subject_public_key_info
}

/// Why there is nothing to look at.
#[derive(Debug)]
pub(super) enum Missing {
    /// The server has nothing either: the flag is not given, is none of a fragment's, or the file is of no use to it.
    NotThere(String),
    /// The server may well have it.
    NotKnown(String),
}

impl Missing {
    pub(super) fn why(self) -> String {
        match self {
            Self::NotThere(why) | Self::NotKnown(why) => why,
        }
    }
}

impl From<Missing> for Outcome {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::NotThere(why) => Self::NotApplicable(why),
            Missing::NotKnown(why) => Self::Unknown(why),
        }
    }
}

/// Both bundles, when both were loaded.
///
/// # Errors
/// Why one was not; that one is not there says more than that the other is not known.
pub(super) fn both(setup: &Setup) -> Result<(&TrustBundle, &TrustBundle), Missing> {
    let client = loaded(setup, "client-ca-file", &setup.client_ca);
    match (client, requestheader_bundle(setup)) {
        (Ok(client), Ok(requestheader)) => Ok((client, requestheader)),
        (Err(Missing::NotThere(why)), _) | (_, Err(Missing::NotThere(why))) => Err(Missing::NotThere(why)),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}

/// # Errors
/// Why it was not loaded.
pub(super) fn requestheader_bundle(setup: &Setup) -> Result<&TrustBundle, Missing> {
    loaded(setup, "requestheader-client-ca-file", &setup.requestheader_client_ca)
}

/// What a file holds.
///
/// # Errors
/// Why it was not loaded.
pub(super) fn loaded<'a, T>(setup: &Setup, name: &str, state: &'a FileState<T>) -> Result<&'a T, Missing> {
    let flag = flag(setup, name);
    match state {
        FileState::Loaded(value) => Ok(value),
        FileState::NotGiven => Err(Missing::NotThere(format!("{flag} is not given"))),
        FileState::Unusable(unusable) => Err(Missing::NotThere(format!("{flag}: {}", unusable.message))),
        FileState::NotLooked(why) if is_for_lack_of_a_flag(setup, why) => {
            Err(Missing::NotThere(format!("{flag} is not given here: {}", why.value)))
        }
        FileState::NotLooked(why) => Err(Missing::NotKnown(format!("{flag}: {}", why.value))),
    }
}

/// Whether a file was not looked at because a fragment does not name it: a fragment is judged for what it says.
fn is_for_lack_of_a_flag(setup: &Setup, why: &Located<String>) -> bool {
    setup.invocation.completeness == Completeness::Fragment && setup.options.fragment.as_ref() == Some(why)
}

/// Whether two flags name the same file: the same path, or the same expression.
pub(super) fn same_file(setup: &Setup, [one, other]: [&Setting<String>; 2]) -> bool {
    match (one, other) {
        (Setting::Opaque(one), Setting::Opaque(other)) => one.value == other.value,
        (one, other) => match (one.path(), other.path()) {
            (Some(one), Some(other)) => is_same_path((&setup.invocation, one), (&setup.invocation, other)),
            _ => false,
        },
    }
}

/// Whether two processes of one host mean the same file. `//` and `/./` are nothing to a path; what `..` leads to
/// depends on links.
pub(super) fn is_same_path(one: (&Invocation, &str), other: (&Invocation, &str)) -> bool {
    match (host_path(one.0, one.1), host_path(other.0, other.1)) {
        (Some(one), Some(other)) => Path::new(&one) == Path::new(&other),
        // Not on the host, such as a Secret's volume: the same only inside the same pod.
        (None, None) => std::ptr::eq(one.0, other.0) && Path::new(one.1) == Path::new(other.1),
        _ => false,
    }
}

/// Where a path of the process lies on the host; `None`: not on the host.
fn host_path(invocation: &Invocation, path: &str) -> Option<String> {
    let mount = invocation.mounts.iter().find_map(|mount| {
        let rest = path.strip_prefix(mount.container_path.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then_some((mount, rest))
    });
    match mount {
        None => Some(path.to_owned()),
        Some((mount, rest)) => mount.host_path.as_ref().map(|host| format!("{}{rest}", host.trim_end_matches('/'))),
    }
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
    let setting = &setup.options.requestheader_allowed_names;
    match &setup.options.fragment {
        Some(why) if setting.is_absent() && setup.invocation.completeness == Completeness::Fragment => {
            Outcome::NotApplicable(format!("--requestheader-allowed-names is not given here: {}", why.value))
        }
        _ => Outcome::Unknown("what --requestheader-allowed-names holds is not known here".to_owned()),
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

/// The kube-apiservers that were found beside the target.
pub(super) fn servers_beside<'a>(context: &Context<'a>) -> Vec<&'a Setup> {
    let servers = context.beside.iter().filter_map(|target| match target {
        Target::Server(setup) => Some(*setup),
        _ => None,
    });
    servers.collect()
}

/// How a setting is called where it is written: a flag, or a key of the ConfigMap.
pub(super) fn flag(setup: &Setup, name: &str) -> String {
    match setup.invocation.format {
        InputFormat::ConfigMap => name.to_owned(),
        _ => format!("--{name}"),
    }
}

fn pool(bundle: &TrustBundle) -> CertificatePool {
    CertificatePool::new(bundle.certificates().cloned())
}
