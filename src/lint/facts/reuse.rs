//! One CA behind both doors: the parts of a finding that are the same for every component, and what rules about lesser
//! faults say then, so that one cause gives one error.

use std::cell::OnceCell;
use std::path::Path;

use time::OffsetDateTime;

use super::config_map_patch::where_read;
use super::flags::{csv_field, meant_path, name_of};
use super::wording::{list, quoted, related, subject, with_capital};
use crate::kubernetes::{Component, STANDARD_HEADERS};
use crate::lint::{Context, Fix, Outcome, Related, Severity, Target};
use crate::model::{
    AllowedNames, FileFlag, FileState, Overlap, Reach, ReachKind, Reason, RequestHeaderConfig, Setting, Setup,
    TrustBundle, demonstrate_front_proxy, known_certificates, reaches,
};
use crate::text::Origin;
use crate::x509::{Certificate, CertificatePool};

/// A reuse that was found, ready to be told.
pub(crate) struct Reuse<'a> {
    setup: &'a Setup,
    /// Empty: the file was not looked at, but both flags name it.
    reaches: &'a [Reach],
    names: Result<AllowedNames, Reason>,
    /// Made when somebody asks: most rules do not.
    demonstration: OnceCell<Option<String>>,
}

impl<'a> Reuse<'a> {
    /// `None`: nothing is reused.
    pub(crate) fn of(setup: &'a Setup, overlap: &'a Overlap) -> Option<Self> {
        let reaches = match overlap {
            Overlap::SameFile => &[],
            Overlap::Reaches(reaches) => reaches.as_slice(),
            _ => return None,
        };
        Some(Self { setup, reaches, names: setup.allowed_names(), demonstration: OnceCell::new() })
    }

    pub(crate) fn names(&self) -> &Result<AllowedNames, Reason> {
        &self.names
    }

    pub(crate) fn reaches(&self) -> &[Reach] {
        self.reaches
    }

    /// An error where the model shows somebody becoming somebody else; otherwise it is one flag or file away.
    pub(crate) fn severity(&self) -> Severity {
        if self.demonstration().is_some() { Severity::Error } else { Severity::Warning }
    }

    /// The client CAs that reach the other door: `CN=kubernetes`.
    pub(crate) fn issuers(&self) -> String {
        let names: Vec<String> = self.reaches.iter().map(|reach| subject(&reach.issuer)).collect();
        if names.is_empty() { format!("the CA in {}", self.path()) } else { list(&names, "and") }
    }

    /// Who passes for a front proxy, as the beginning of a sentence.
    pub(crate) fn holders(&self) -> String {
        let issuers = self.issuers();
        match &self.names {
            Ok(AllowedNames::Any) => format!("Everyone who holds a client certificate of {issuers}"),
            Ok(AllowedNames::Only(names)) => {
                format!("Whoever obtains a certificate of {issuers} with the name {}", quoted(names, "or"))
            }
            Err(_) => format!("Whoever obtains a certificate of {issuers} with an allowed name"),
        }
    }

    /// What a front proxy can be: who reads no group from a header has the groups of nobody.
    pub(crate) fn whom(&self) -> &'static str {
        let options = &self.setup.options;
        let reads_groups = match &options.requestheader_group_headers {
            Setting::Given(given) => !given.value.value.is_empty(),
            Setting::Absent => options.fragment.is_some(),
            Setting::Opaque(_) => true,
        };
        if reads_groups { "any user of any group" } else { "any user, though of no group," }
    }

    /// How the two sides touch, as a sentence about the files.
    pub(crate) fn how(&self) -> String {
        let client = self.setup.client_ca.called();
        let requestheader = self.setup.requestheader_client_ca.called();
        let Some(reach) = self.reaches.first() else {
            return format!("{client} and {requestheader} name the same file, {}", self.path());
        };
        let issuer = subject(&reach.issuer);
        match reach.kind {
            ReachKind::SameCertificate => format!("{client} and {requestheader} hold the same CA, {issuer}"),
            ReachKind::SameKeyReissued => {
                format!("{client} and {requestheader} hold the same CA, {issuer}, in two certificates with one key")
            }
            ReachKind::ThroughIntermediate => format!(
                "{issuer} of {client} was signed by {} of {requestheader}",
                reach.chain.last().map(subject).unwrap_or_default()
            ),
        }
    }

    /// The value of the requestheader flag: where the other CA has to go.
    pub(crate) fn origin(&self) -> Origin {
        let file = &self.setup.requestheader_client_ca;
        let not_looked_at = file.not_looked_at();
        let origin = file.origin().or(not_looked_at.as_ref().and_then(Reason::origin));
        origin.unwrap_or(&self.setup.invocation.origin).clone()
    }

    pub(crate) fn label(&self) -> String {
        match self.reaches.first() {
            None => format!("the same file as {}", self.setup.client_ca.called()),
            Some(_) => format!("accepts the certificates of {}", self.issuers()),
        }
    }

    /// The other flag, the certificates that touch, and the flag that decides about names.
    pub(crate) fn related(&self) -> Vec<Related> {
        let setup = self.setup;
        let client = setup.client_ca.origin();
        let mut places: Vec<Related> =
            client.map(|origin| related(origin, "clients log in with certificates of this CA")).into_iter().collect();
        // In a ConfigMap the certificates stand where the bundles do.
        for reach in self.reaches.iter().filter(|_| !setup.reads_config_map()) {
            places.extend(self.certificates(reach));
        }
        let names = &setup.options.requestheader_allowed_names;
        match (&self.names, names.given()) {
            (Ok(AllowedNames::Any), Some(given)) => {
                places.push(related(&given.value.origin, "empty: every name is a front proxy"));
            }
            (Ok(AllowedNames::Only(_)), Some(given)) => {
                places.push(related(&given.value.origin, "the name is the only hurdle"));
            }
            _ => {}
        }
        places
    }

    fn certificates(&self, reach: &Reach) -> Vec<Related> {
        let (Some(client), Some(requestheader)) =
            (self.setup.client_ca.loaded(), self.setup.requestheader_client_ca.loaded())
        else {
            return Vec::new();
        };
        let issuer = client
            .anchors()
            .iter()
            .find(|anchor| anchor.value == reach.issuer)
            .map(|anchor| related(&anchor.origin, format!("{} as a client CA", subject(&anchor.value))));
        let root = requestheader
            .anchors()
            .iter()
            .find(|anchor| reach.chain.last() == Some(&anchor.value))
            .map(|anchor| related(&anchor.origin, format!("{} as the front proxy's CA", subject(&anchor.value))));
        match (issuer, root) {
            (Some(issuer), Some(root)) if issuer.origin == root.origin => {
                vec![related(&issuer.origin, format!("{} on both sides", subject(&reach.issuer)))]
            }
            (issuer, root) => issuer.into_iter().chain(root).collect(),
        }
    }

    /// What the model answers to a client of the reused CA; `None`: nobody can claim anything.
    pub(crate) fn demonstration(&self) -> Option<String> {
        self.demonstration.get_or_init(|| self.demonstrated()).clone()
    }

    fn demonstrated(&self) -> Option<String> {
        if self.is_unusable() {
            return None;
        }
        let shown = demonstration(self.setup, &self.issuers())?;
        Some(match self.sent_along().as_slice() {
            [] => shown,
            between => format!("{shown} It sends the certificate of {} along.", list(between, "and")),
        })
    }

    /// The certificates that a client must bring, leaf's issuer first.
    fn sent_along(&self) -> Vec<String> {
        self.reaches.first().map_or_else(Vec::new, |reach| match reach.chain.split_last() {
            Some((_, between)) => between.iter().map(subject).collect(),
            None => Vec::new(),
        })
    }

    /// What stands in the way today, where something does.
    pub(crate) fn reservation(&self) -> String {
        if self.is_unusable() {
            return " The file cannot be used as it is; the reuse begins when it can.".to_owned();
        }
        if self.demonstration().is_some() {
            return String::new();
        }
        format!(
            " Today no header is read, because {} names none that a client can send; the day it does, this begins.",
            self.setup.called("requestheader-username-headers")
        )
    }

    pub(crate) fn identity(&self) -> Vec<String> {
        if self.reaches.is_empty() {
            return vec!["same file".to_owned(), self.path().to_owned()];
        }
        self.reaches.iter().map(|reach| reach.issuer.fingerprint()).collect()
    }

    fn is_unusable(&self) -> bool {
        matches!(self.setup.requestheader_client_ca.state, FileState::Unusable(_))
    }

    fn path(&self) -> &str {
        self.setup.requestheader_client_ca.flag.as_written()
    }
}

impl Overlap {
    /// What a rule about reuse says when there is none.
    pub(crate) fn outcome_without_reuse(&self) -> Outcome {
        match self {
            Self::NotKnown(why) | Self::Separate(Some(why)) => why.clone().into(),
            Self::Separate(None) | Self::SameFile | Self::Reaches(_) => Outcome::Pass,
        }
    }
}

/// The reason that a rule about a lesser fault gives when the two bundles share a CA: that fault is part of the
/// greater one, which `identity-spoofable` or `ca-reused` reports. `None`: they do not, or it is not known.
pub(crate) fn shared_ca(setup: &Setup, context: &Context<'_>) -> Option<Reason> {
    context.overlap(setup).is_reuse().then(|| {
        let rule = match setup.invocation.component {
            Component::KubeApiserver if setup.allowed_names() == Ok(AllowedNames::Any) => "identity-spoofable",
            Component::KubeApiserver => "ca-reused",
            Component::ExtensionApiServer if setup.reads_config_map() => "configmap-ca-reused",
            Component::ExtensionApiServer => "extension-ca-reused",
            Component::KubeControllerManager | Component::KubeScheduler => "component-ca-reused",
        };
        Reason::reported("the client CA and the requestheader CA are not separate", rule)
    })
}

/// Whether a kube-apiserver beside has one CA behind both doors.
pub(crate) fn is_at_a_server(context: &Context<'_>) -> bool {
    let find = || context.beside.servers.iter().any(|server| Overlap::of(server, context.now).is_reuse());
    *context.beside.found.reuse.get(context.now, find)
}

/// Where a certificate of another bundle for users gets in as a front proxy's.
pub(crate) fn lets_in(setup: &Setup, users: &FileFlag<TrustBundle>, now: OffsetDateTime) -> bool {
    let mut with_its_users = setup.clone();
    with_its_users.client_ca = users.clone();
    Overlap::of(&with_its_users, now).is_reuse()
}

/// What CAs for front proxies have to do with those of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shared {
    /// One has the key of a CA of users, under another name too.
    Key,
    /// A certificate of theirs verifies against one, as where it signed their CA.
    Way,
}

/// The same of CAs that the server is not given yet: those who log in there, or where its ConfigMap is shared.
pub(crate) fn shared_with_users(setup: &Setup, cas: &[Certificate], context: &Context<'_>) -> Option<Shared> {
    let into = CertificatePool::new(cas.iter().cloned());
    let known: Vec<Certificate> = known_certificates(setup).cloned().collect();
    let lenders = std::iter::once(setup).chain(context.beside.lenders());
    lenders.filter_map(|lender| lender.client_ca.loaded()).find_map(|users| {
        if users.certificates().any(|user| cas.iter().any(|ca| ca.has_same_key(user))) {
            return Some(Shared::Key);
        }
        (!reaches(users.pool(), &into, &known, context.now).is_empty()).then_some(Shared::Way)
    })
}

/// What kubeadm and others call it (kubeadm's cmd/kubeadm/app/constants/constants.go, `CACertName`).
const USUAL_CA_OF_USERS: &str = "ca.crt";

/// Users who get in as front proxies.
enum Users<'a> {
    GetIn,
    /// Those who log in at another server, or what reads a ConfigMap.
    GetInFrom(&'a Setup),
    /// The file is called as the CA for users is, and no flag says which that is.
    MayGetIn,
}

/// Servers with one ConfigMap share their users: where a server does not say whose certificates log in, the others and the
/// ConfigMap do. `None`: there are none, or it is not known.
fn users_of<'a>(setup: &Setup, nodes: &[&'a Setup], context: &Context<'a>) -> Option<Users<'a>> {
    let overlap = context.overlap(setup);
    if overlap.is_reuse() {
        return Some(Users::GetIn);
    }
    let is_another = |other: &&Setup| other.client_ca.loaded().is_some() && !std::ptr::eq(*other, setup);
    let mut others = context.beside.lenders().chain(nodes.iter().copied()).filter(is_another);
    if let Some(other) = others.find(|other| lets_in(setup, &other.client_ca, context.now)) {
        return Some(Users::GetInFrom(other));
    }
    let path = setup.requestheader_client_ca.path().map(meant_path).unwrap_or_default();
    let is_unsaid = matches!(&*overlap, Overlap::NotKnown(_)) && setup.client_ca.is_not_given();
    (is_unsaid && Path::new(&path).ends_with(USUAL_CA_OF_USERS)).then_some(Users::MayGetIn)
}

/// Lets no fix have another header read, or another name allowed, while one CA is behind both doors: its clients could claim
/// what stands there, or carry that name.
pub(crate) fn held_back(outcome: Outcome, target: Target<'_>, context: &Context<'_>) -> Outcome {
    let Outcome::Fail(mut findings) = outcome else { return outcome };
    let setup = target.setup();
    let nodes = if let Target::Nodes(nodes) = target { nodes } else { setup.as_slice() };
    for finding in &mut findings {
        let fix = &mut finding.fix;
        if let Some(waiting) = nodes.iter().find_map(|node| waiting(node, fix, nodes, context)) {
            *fix = waiting;
        } else if setup.is_some_and(|setup| gives_header(fix) && is_unsure(setup, context)) {
            *fix = std::mem::take(fix).saying(|this| {
                format!(
                    "{this} Before that, make sure that --client-ca-file shares no CA with it: that is not known here."
                )
            });
        }
    }
    Outcome::Fail(findings)
}

fn is_unsure(setup: &Setup, context: &Context<'_>) -> bool {
    setup.configures_front_proxy() && matches!(&*context.overlap(setup), Overlap::NotKnown(_))
}

fn gives_header(fix: &Fix) -> bool {
    fix.flags.iter().any(|flag| STANDARD_HEADERS.iter().any(|(header_flag, _)| name_of(flag) == *header_flag))
}

/// What is said of a fix that has to wait at that server, which is one of these.
fn waiting(setup: &Setup, fix: &Fix, nodes: &[&Setup], context: &Context<'_>) -> Option<Fix> {
    let harm = match gives_header(fix) {
        true => "can claim whatever stands in a header that is read",
        false if allows_another(setup, fix) => "may carry the name that would be allowed",
        false => return None,
    };
    let ca = setup.requestheader_client_ca.flag.as_written();
    let first = match users_of(setup, nodes, context)? {
        // What goes with a CA of its own is settled where all findings are known (`one_fix`).
        Users::GetIn if !gives_header(fix) => return None,
        Users::GetIn => format!(
            "First give the front proxy a CA of its own (identity-spoofable or ca-reused says how): clients of the CA that \
             both share {harm}."
        ),
        Users::GetInFrom(other) => format!(
            "First give the front proxy a CA of its own: clients of the CA in {ca}, who are users by what {} says, {harm}.",
            where_read(other)
        ),
        Users::MayGetIn => format!(
            "First make sure that no user logs in with a certificate of {ca}, as the CA for users is usually called: no \
             --client-ca-file is known here. If so, give the front proxy a CA of its own."
        ),
    };
    Some(Fix::from(format!("{first} Then: {}", fix.sentence)))
}

/// Whether a fix allows a name that is not allowed now, of the CAs that are there.
fn allows_another(setup: &Setup, fix: &Fix) -> bool {
    let is_names = |flag: &&String| name_of(flag) == "requestheader-allowed-names";
    let Some(flag) = fix.flags.iter().find(is_names).filter(|_| !fix.own_ca) else { return false };
    match setup.allowed_names() {
        Ok(AllowedNames::Only(known)) => {
            let (_, fields) = flag.split_once('=').unwrap_or_default();
            let known: Vec<String> = known.iter().map(|name| csv_field(name)).collect();
            fields.split(',').any(|name| !known.iter().any(|known| known == name))
        }
        _ => false,
    }
}

/// What any certificate of that CA becomes at this component; `None`: nobody becomes anything, because no header is
/// read.
pub(crate) fn demonstration(setup: &Setup, issuer: &str) -> Option<String> {
    let client_ca = setup.requestheader_client_ca.loaded().map(TrustBundle::pool).cloned().unwrap_or_default();
    let one = AllowedNames::Only(vec!["that is allowed".to_owned()]);
    let config = RequestHeaderConfig::presumed(setup, client_ca, one);
    let shown = demonstrate_front_proxy(&config, issuer)?;
    Some(format!("{}.", with_capital(&shown)))
}
