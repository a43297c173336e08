//! What the two bundles of one component have to do with each other; several rules share the answer, so that one
//! cause gives one error.

use time::OffsetDateTime;

use crate::kubernetes::Component;
use crate::lint::Outcome;
use crate::model::{AllowedNames, Overlap, Reason, RequestHeaderConfig, Setup, TrustBundle, demonstrate_front_proxy};
use crate::source::InputFormat;

use super::wording::with_capital;

impl Overlap {
    /// What a rule about reuse says when there is none.
    pub(super) fn outcome_without_reuse(self) -> Outcome {
        match self {
            Self::NotKnown(why) => why.into(),
            Self::Separate | Self::SameFile | Self::Reaches(_) => Outcome::Pass,
        }
    }
}

/// The reason that a rule about a lesser fault gives when the two bundles share a CA: that fault is part of the
/// greater one, which `identity-spoofable` or `ca-reused` reports. `None`: they do not, or it is not known.
pub(super) fn shared_ca(setup: &Setup, now: OffsetDateTime) -> Option<Reason> {
    Overlap::of(setup, now).is_reuse().then(|| {
        let rule = match (setup.invocation.format, setup.invocation.component) {
            (InputFormat::ConfigMap, _) => "configmap-ca-reused",
            (_, Component::KubeApiserver) if setup.allowed_names() == Ok(AllowedNames::Any) => "identity-spoofable",
            (_, Component::KubeApiserver) => "ca-reused",
            _ => "component-ca-reused",
        };
        Reason::reported("the client CA and the requestheader CA are not separate", rule)
    })
}

/// What any certificate of that CA becomes at this component; `None`: nobody becomes anything, because no header is
/// read.
pub(super) fn demonstration(setup: &Setup, issuer: &str) -> Option<String> {
    let client_ca = setup.requestheader_client_ca.loaded().map(TrustBundle::pool).unwrap_or_default();
    let one = AllowedNames::Only(vec!["that is allowed".to_owned()]);
    let config = RequestHeaderConfig::presumed(setup, client_ca, one);
    let shown = demonstrate_front_proxy(&config, issuer)?;
    Some(format!("{}.", with_capital(&shown)))
}
